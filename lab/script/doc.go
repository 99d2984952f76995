// Package script is the Starlark face of the lab while an experiment runs: it carries out the words of a script on an
// engine. It knows engines only by engine.Engine and plugins only by their manifests. What a file is and what it offers to
// run is found out by package load, which needs none of this.
//
// Run runs one experiment, on an engine of its own; any number of runs may share a loaded file, at the same time.
//
// A run is a set of script tasks (task.go): the experiment itself and what it spawns. Each is a Starlark thread in a
// coroutine; they take turns, and switch only where a call waits. When all of them wait, time passes by Engine.Run.
// The files are named by the nouns of a script: lab, node, method, answer, object, fault, link, events, rand, task.
//
// What is known of a run at its end is a Result (result.go); lab/result turns it into text.
package script
