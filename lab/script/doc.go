// Package script is the Starlark face of the lab: it loads experiment files and runs their experiments on an engine. It
// knows engines only by engine.Engine and plugins only by their manifests.
//
// Load compiles a file and all that it loads once, and freezes it: any number of runs may then share it, at the same
// time. (*File).Experiments lists what there is to run, matrix cells included; (*Experiment).Run runs one, on an engine
// of its own.
//
// A run is a set of script tasks (task.go): the experiment itself and what it spawns. Each is a Starlark thread in a
// coroutine; they take turns, and switch only where a call waits. When all of them wait, time passes by Engine.Run.
// The files are named by the nouns of a script: lab, node, method, answer, object, fault, link, events, rand, task.
//
// check and expect, and the lambdas given to eventually and always, are rewritten before they are compiled
// (rewrite.go): every part of the expression is noted when it is evaluated, so that a failure shows the values without
// evaluating anything twice.
//
// What a script may not do: read files, reach the network, see the real clock. A load names a file by a path relative
// to the file it stands in, which may lead upwards (".."), must end in .star and may not be absolute; or one of the
// shipped files, "@lab/raft.star".
package script
