// Package manifest says what a plugin serves: its kinds, with the configuration, methods, objects, events and messages of
// each. A plugin makes its manifest from its Go types (sdk/serve), the host reads it, and whoever checks a script, shows
// help or prints a reference needs nothing else.
package manifest

import "github.com/netlab-dev/netlab/sdk/value"

// Manifest is that of one program.
type Manifest struct {
	Name    string // of the plugin
	Version string
	Doc     string // one line
	Kinds   []*Kind
	// Features tell minor versions of the protocol apart, by name.
	Features []string
	// Lab is the lab that the program was built with: VERSION+SOURCES; empty for a program that is not written in Go.
	Lab     string
	Modules []*Module
}

// Module is a file of Starlark that scripts load by its name, @ before it.
type Module struct {
	Name string // PLUGIN/FILE: "raft/cluster.star"
	Text string
	// Plugin says where the module comes from, when the program serves several plugins.
	Plugin string
}

// Kind is a sort of component.
type Kind struct {
	Name     string
	Doc      string // one line
	Config   []*Parameter
	Methods  []*Method
	Objects  []*ObjectType
	Events   []*EventType
	Messages []*MessageType
	// ListsMessages says that the kind sends no messages but these.
	ListsMessages bool
	// Plugin and PluginVersion say where the kind comes from, when the program serves the kinds of several plugins.
	Plugin, PluginVersion string
}

// Parameter is one named value of a configuration or of a method's arguments; also one that scripts read: a result, a
// field of one, of an event, of a message or of an object.
type Parameter struct {
	Name string
	Type value.Type
	Doc  string
	// HasDefault says that a script may leave it out; Default is the value then.
	HasDefault bool
	Default    any
	Main       bool // the port of the node's main address
	Live       bool // may be changed while the node runs
	Address    bool // a text that names a node: node:port, or a URL with it
	Draw       bool // of what a query answers: pictures of a run show it over time
	Program    bool // a path of a WebAssembly module, or of a Go package to make one of, relative to the script
	Limits     value.Limits
	// Fields are those of a struct, or of each struct of a list.
	Fields []*Parameter
}

// Method is what a script may call on a node, or on an object.
type Method struct {
	Name      string
	Doc       string
	Arguments []*Parameter
	Result    *Parameter // nil when it returns nothing
	Operation bool       // recorded in histories
	Query     bool       // changes nothing and never waits; its calls are not part of a digest
	Ending    bool       // ends by itself: a call without a timeout has a day
}

// ObjectType is what some methods return: a thing on the node that has methods of its own.
type ObjectType struct {
	Name    string
	Doc     string
	Methods []*Method
	Fields  []*Parameter // read as attributes
}

// EventType is an event that the kind emits.
type EventType struct {
	Name   string
	Doc    string
	Fields []*Parameter
}

// MessageType is a type of the messages that the kind sends.
type MessageType struct {
	Name   string
	Doc    string
	Fields []*Parameter
}
