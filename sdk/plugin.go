package sdk

import "io/fs"

// Component is a kind at work. Run is called once per incarnation of a node, with the configuration already in the
// component's tagged fields. Returning nil leaves the node up: its methods still answer. Returning an error means that
// the node has failed, unless the node was stopping. A method Validate() error, where there is one, is called when the
// fields are filled in, before any node of that instant runs, and for each configure: its error is a mistake of the script,
// told at the line that gave the configuration.
type Component interface {
	Run(env Env) error
}

// Plugin is a program's kinds. A zero Version reads "dev".
type Plugin struct {
	Name    string // "sticky"; the binary is then lab-plugin-sticky
	Version string
	Doc     string // one line
	Kinds   []Kind
	// Sources are those of the kinds, embedded: Version is made of them then, so that a lab can tell builds apart.
	Sources fs.FS
	// Modules are embedded files for scripts: modules/NAME/pin.star is load("@NAME/pin.star", ...), NAME that of the plugin.
	Modules fs.FS
}

// Kind is a sort of component. Its configuration is the exported fields of what New returns that carry a tag
//
//	`lab:"name,default=VALUE,main,live,address,program,oneof=A|B,min=VALUE,max=VALUE,doc=free text to the end"`
//
// An empty name stands for the field's name in snake case. Without a default the script must give the value; one is written
// as in a script: 50ms, 1mbit, uniform(150ms,300ms). main marks the port of the node's main address; live a value that may
// change while the node runs (see Configurer); address a text that names a node, as "node:port" or a URL, as an Addr does: it
// must be there; program a path, from the script, of a WebAssembly module or of a Go program; oneof, min and max what a text
// or a number can be. Types: bool, integers, floats, string, []byte, time.Duration, Rate, Draw, Addr, slices, Fields (a dict), any.
type Kind struct {
	Name string // lower case with hyphens: "tcp-echo"
	Doc  string // one line
	// New makes a component for one incarnation of a node. It must do nothing else: it is also called to learn the
	// configuration. Return a pointer to a struct when there is configuration.
	New     func() Component
	Methods []Method
	Objects []ObjectType
	// Events lists one value of each struct type given to Env.Emit: their names and fields become known to scripts.
	Events []any
	// Messages lists the types that the kind sends by Messages, so that scripts know them; to send another one fails the
	// node. Nil says nothing: the kind may send any, and a script that asks for a misspelt one gets an empty list.
	Messages []MessageType
	From     *Plugin // that Join has it from, or nil
}

// MessageType is one type of the messages that a kind sends.
type MessageType struct {
	Name string // "vote"
	Doc  string // one line
	// Fields is a struct with the fields of the message, as an event is; nil when it has none.
	Fields any
}

// ObjectType is what some methods return a pointer to: a thing on the node that has methods of its own, such as a
// connection. An object lives as long as the incarnation of its node.
type ObjectType struct {
	Name string
	Doc  string
	// Of is a nil pointer of the Go type: (*conn)(nil). The exported fields of a struct are sent along when a method
	// returns the object, and scripts read them as its attributes: they must not change afterwards. See also sdk/measure.
	Of      any
	Methods []Method
}

// Join makes one plugin, of the version of the first, that serves the kinds of several. Of two with one name the first
// counts.
func Join(name string, plugins ...Plugin) Plugin {
	joined := Plugin{Name: name}
	taken := map[string]bool{}
	for i, p := range plugins {
		if i == 0 {
			joined.Version = p.Version
		}
		for _, k := range p.Kinds {
			if !taken[k.Name] {
				k.From = &p
				joined.Kinds = append(joined.Kinds, k)
			}
		}
		for _, k := range p.Kinds {
			taken[k.Name] = true
		}
	}
	return joined
}
