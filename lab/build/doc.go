// Package build makes programs of plugins that are Go packages: it looks at a package without the go command, builds it
// together with the built-in kinds, and keeps the program in the user's cache until something in it has changed.
//
//	package.go     what is in a directory
//	source.go      which lab a plugin is built with: this one's checkout, its published version, or what its go.mod names
//	build.go       the build
//	stamp.go       whether a program is still that of its sources
//	cache.go       where programs are kept, and for how long
package build
