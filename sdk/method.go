package sdk

// Method is what a script may call on a node or an object. Make it with Func.
type Method struct {
	Name string
	Doc  string // one line
	Func any    // the function

	IsOperation, IsQuery, EndsByItself bool // see Operation, Query and Ending
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
// The method runs as a task of the node, beside Run. A returned error means that it definitely did not happen, unless it
// is wrapped by Unknown.
func Func(name, doc string, fn any) Method {
	return Method{Name: name, Doc: doc, Func: fn}
}

// Operation has the method's calls recorded in histories.
func (m Method) Operation() Method {
	m.IsOperation = true
	return m
}

// Query marks a method that changes nothing, draws no random number, never waits, and asked twice at one instant answers
// the same. Its calls are in no digest, and the lab may ask early. Pictures show fields `lab:"term,draw"`.
func (m Method) Query() Method {
	m.IsQuery = true
	return m
}

// Ending marks a method that ends by itself, as its arguments decide: a call without a timeout has a day, not 10s.
func (m Method) Ending() Method {
	m.EndsByItself = true
	return m
}

// Misuse marks an error that says that the call is wrong: the run ends there, with the hint if there is one. What the
// network does is no misuse.
func Misuse(hint string, err error) error {
	if err == nil {
		return nil
	}
	return &misuse{err, hint}
}

type misuse struct {
	err  error
	hint string
}

func (e *misuse) Error() string { return e.err.Error() }
func (e *misuse) Unwrap() error { return e.err }

// Misuse is how sdk/serve knows such an error.
func (e *misuse) Misuse() (hint string) { return e.hint }

// Unknown marks an error of a method whose effect may or may not have happened: an answer never came. Unknown(nil) is nil.
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
