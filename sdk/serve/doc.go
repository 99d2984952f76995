// Package serve turns a plugin into a program. [Main] is the whole main function. Behind it, the process speaks with its
// host (sdk/wire). The plugin's Go types become a manifest (compile). Commands of a session become worlds, in virtual
// time (simWorld) or of one live node (liveWorld). Calls become methods (invocation).
package serve
