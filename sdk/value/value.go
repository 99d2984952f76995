// Package value holds the values that travel between a script and a component, as configuration, arguments, results and
// fields of events and messages, and all that can be done with one: its text in the notation of scripts (Format, Parse),
// equality, hash, its form in the head of a message, and its making from any Go value. The set is closed:
//
//	nil, bool, int64, float64, string, []byte, time.Duration, link.Rate, link.Draw, Addr,
//	[]any (a list), Fields (a struct or dict, in order), Node (a reference), Object (a reference),
//	Function (a script's function, as source)
//
// No other type is ever stored in a Field. A Type says which of them a parameter takes. Values turn into those of Starlark
// in sdk/star and into protobuf in sdk/wire; nothing else knows the whole set.
package value

// Field is one named value.
type Field struct {
	Name  string
	Value any
}

// Fields is an ordered set of named values.
type Fields []Field

// Get returns the value of the field with that name, nil when there is none.
func (f Fields) Get(name string) any {
	v, _ := f.Lookup(name)
	return v
}

// Lookup returns the value of the field with that name, and whether there is one.
func (f Fields) Lookup(name string) (any, bool) {
	for i := range f {
		if f[i].Name == name {
			return f[i].Value, true
		}
	}
	return nil, false
}

// Node is a reference to a node by name.
type Node string

// Object is a reference to an object that a method has returned, valid for one incarnation of its node.
type Object struct {
	Node        string
	Incarnation int
	ID          int64
	// Type is the object's name in the manifest of the node's kind.
	Type string
	// Fields are the exported fields of the object's Go type as they were when the method returned it.
	Fields Fields
}
