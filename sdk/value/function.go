package value

// Function is a function of a script on its way to where it is to run: a component rebuilds it from the sources with
// star.Rebuild. It is a value, not a way back: the script's own copy is never called. Treat it as read only.
type Function struct {
	Name string // of the def, "lambda" for a lambda; for people
	Path string // of the module that defines it, one of Modules
	// Line and Col are where its def or lambda begins in that module's source, counted from 1; Col counts characters.
	Line, Col int32
	// Modules are that module and all that it loads, each once, a module after those that it loads.
	Modules []Module
	// Free are the variables that the function has captured, by name, and the defaults of its parameters, by name and
	// "=". They are in a form that only sdk/star reads.
	Free Fields
	// Known are the names that were predeclared where the script was loaded. A name that only the host knows is then
	// told from one that is misspelt.
	Known []string
}

// Module is one file of a script.
type Module struct {
	Path   string
	Source string
	Loads  []Load
}

// Load says which module a load statement means.
type Load struct {
	Name string // as written: load("lib.star", ...)
	Path string // of one of the Function's Modules
}
