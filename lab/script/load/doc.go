// Package load turns the text of a script into a checked file: what the formatter, lists, completion and an editor need,
// and what every run begins with. It executes nothing but the top level of files, and knows no engine and no process.
//
// Load compiles a file and all that it loads once, and freezes it. (*File).Experiments lists what there is to run, matrix
// cells included. Words that mean something only in a run, such as check, are handed to whatever the thread belongs to then:
// see Running.
//
// check and expect, and the lambdas given to eventually and always, are rewritten before they are compiled (rewrite.go):
// every part of the expression is noted when it is evaluated, so that a failure shows the values without evaluating
// anything twice.
//
// What a script may not do: read files, reach the network, see the real clock. A load names a file by a path relative to
// the file it stands in, which may lead upwards (".."), must end in .star and may not be absolute; or one that a plugin has
// brought along, "@raft/cluster.star".
//
// Stopper, Limit and WatchHeap end what takes too long or too much, while a file is loaded as in a run.
package load
