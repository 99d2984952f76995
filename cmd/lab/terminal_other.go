//go:build !unix

package main

// keepFromStopping has nothing to do where a terminal stops nobody.
func keepFromStopping() {}

// columns is the width of a terminal, 0 when it is not known.
func columns(uintptr) int { return 0 }
