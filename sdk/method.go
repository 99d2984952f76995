package sdk

// Method is what a script may call on a node or an object. Make it with Func.
type Method struct {
	Name string
	Doc  string // one line
	Func any    // the function

	IsOperation, IsQuery, EndsByItself bool // see Operation, Query and Ending
}

// Func makes a method from a function of one of these forms. C is the type of the component or object. A is a struct whose
// fields are tagged like configuration. R is a value of the types in Kind, a struct of such values, or a pointer to an
// object type of the kind:
//
//	func(c C, env Env) error
//	func(c C, env Env) (R, error)
//	func(c C, env Env, args A) error
//	func(c C, env Env, args A) (R, error)
//
// The method runs as a task of the node, beside Run. Its error means that the operation certainly did not happen, unless
// Unknown wraps it.
func Func(name, doc string, fn any) Method {
	return Method{Name: name, Doc: doc, Func: fn}
}

// Operation marks a method whose calls histories record.
func (m Method) Operation() Method {
	m.IsOperation = true
	return m
}

// Query marks a method that changes nothing, never waits and uses no random value. Two calls at the same time give the same
// answer. No digest has its calls; the lab may ask early. Pictures show fields `lab:"term,draw"`.
func (m Method) Query() Method {
	m.IsQuery = true
	return m
}

// Ending marks a method that ends by itself, depending on its arguments. Without a timeout, a call has a day, not 10s.
func (m Method) Ending() Method {
	m.EndsByItself = true
	return m
}

// Misuse marks an error of a wrong call: the run ends there, and shows the hint if there is one. A failure of the network
// is no misuse.
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

// Unknown marks an error of a method that may have had its effect: the answer never came. Unknown(nil) is nil.
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
