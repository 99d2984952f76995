//go:build !unix

package main

// keepFromStopping has nothing to do where a terminal stops nobody.
func keepFromStopping() {}
