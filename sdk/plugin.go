package sdk

import "io/fs"

// Component is a kind at work. The lab calls Run once for each incarnation of a node, when the configuration is in the
// tagged fields. If Run returns nil, the node stays up, and its methods still answer. If Run returns an error, the node
// has failed, unless it was stopping. The lab calls the method Validate() error, if there is one, when the fields are
// filled, before any node of that time runs, and for each configure. Its error is an error of the script, at the line of
// the configuration.
type Component interface {
	Run(env Env) error
}

// Plugin is the kinds of a program. An empty Version means "dev".
type Plugin struct {
	Name    string // "sticky"; the binary is then lab-plugin-sticky
	Version string
	Doc     string // one line
	Kinds   []Kind
	// Sources are the embedded sources of the kinds. If given, Version is made from them, so that lab can compare builds.
	Sources fs.FS
	// Modules are embedded files for scripts: load("@NAME/pin.star", ...) loads modules/NAME/pin.star. NAME is the plugin's.
	Modules fs.FS
}

// Kind is a sort of component. Its configuration is the exported fields of New's result that have a tag
//
//	`lab:"name,default=VALUE,main,live,address,program,oneof=A|B,min=VALUE,max=VALUE,doc=free text to the end"`
//
// An empty name means the field's name in snake case. Without a default, the script must give the value. A default is
// written as in a script: 50ms, 1mbit, uniform(150ms,300ms). main marks the port of the node's main address. live marks a
// value that may change while the node runs (see Configurer). address marks a text that names an existing node, "node:port"
// or a URL, as an Addr does. program marks a path, relative to the script, of a WebAssembly module or a Go program. oneof,
// min and max limit a text or a number. Types: bool, integers, floats, string, []byte, time.Duration, Rate, Draw, Addr,
// slices, Fields (a dict), any.
type Kind struct {
	Name string // lower case with hyphens: "tcp-echo"
	Doc  string // one line
	// New makes a component for one incarnation of a node, and does nothing else. The lab also calls it to read the
	// configuration. If there is configuration, New returns a pointer to a struct.
	New     func() Component
	Methods []Method
	Objects []ObjectType
	// Events has one value of each struct type for Env.Emit. Scripts know these events by their names and fields.
	Events []any
	// Messages lists the message types that the kind sends, for scripts. Sending another type fails the node. With nil, the
	// kind may send any type, and a script that misspells one gets an empty list.
	Messages []MessageType
	From     *Plugin // where Join found the kind, or nil
}

// MessageType is one type of the messages that a kind sends.
type MessageType struct {
	Name string // "vote"
	Doc  string // one line
	// Fields is a struct with the fields of the message, like an event; nil if there are none.
	Fields any
}

// ObjectType is the type of an object: a thing on the node with methods of its own, such as a connection. A method returns
// a pointer to it. It lives as long as the incarnation of its node.
type ObjectType struct {
	Name string
	Doc  string
	// Of is a nil pointer of the Go type: (*conn)(nil). The exported fields of its struct are sent with the object. Scripts
	// read them as attributes, so they must not change afterwards. See also sdk/measure.
	Of      any
	Methods []Method
}

// Join makes one plugin with the kinds of several, and the version of the first. If two kinds have the same name, the
// first one counts.
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
