package sdk

// Method is a function that a script may call on a node, or on an object. Make it with Func.
type Method struct {
	Name string
	Doc  string // one line
	Func any    // the function

	IsOperation, IsQuery bool // see Operation and Query
}

// Func makes a method of a function of one of these forms, where C is the type that the kind's New returns (or the
// object's type), A a struct whose fields are tagged like configuration, and R any value of Kind's types, a struct of
// such values, or a pointer to one of the kind's object types:
//
//	func(c C, env Env) error
//	func(c C, env Env) (R, error)
//	func(c C, env Env, args A) error
//	func(c C, env Env, args A) (R, error)
//
// The method runs as a task of the node, beside Run. A returned error tells the script that it definitely did not
// happen; wrap it by Unknown when that is not certain.
func Func(name, doc string, fn any) Method {
	return Method{Name: name, Doc: doc, Func: fn}
}

// Operation marks the method's calls to be recorded in histories, such as the reads and writes of a store.
func (m Method) Operation() Method {
	m.IsOperation = true
	return m
}

// Query marks a method that changes nothing, draws no random number and never waits, such as a status: in sim the host may
// ask it ahead of the script, and its calls are not part of the digest. Asked twice at one instant it answers the same.
func (m Method) Query() Method {
	m.IsQuery = true
	return m
}

// Unknown marks an error of a method whose effect may or may not have happened, such as a request sent whose answer
// never came. Unknown(nil) is nil.
func Unknown(err error) error {
	if err == nil {
		return nil
	}
	return &unknownError{err}
}

type unknownError struct{ err error }

func (e *unknownError) Error() string { return e.err.Error() }
func (e *unknownError) Unwrap() error { return e.err }

// Unknown is how sdk/serve knows such an error.
func (e *unknownError) Unknown() bool { return true }
