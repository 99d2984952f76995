//go:build !unix

package main

// keepFromStopping has nothing to do where a terminal stops nobody.
func keepFromStopping() {}

// screen is the size of a terminal, 0 when it is not known.
func screen(uintptr) (columns, rows int) { return 0, 0 }
