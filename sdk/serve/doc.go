// Package serve makes a program of a plugin: [Main] is all of its main. What goes on behind it is how a host and a plugin
// process speak (sdk/wire): the plugin's Go types become a manifest (compile), commands of a session become worlds, in
// virtual time (simWorld) or of one live node (liveWorld), and calls become methods (invocation).
package serve
