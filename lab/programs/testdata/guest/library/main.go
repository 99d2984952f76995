// Command library is a program that uses much of the standard library: see program_test.go of lab.
package main

import (
	"os"

	"example.com/guest/told"
)

// How it tells what it sees.
var tell, must, kind = told.Line, told.Must, told.Kind

func main() {
	if os.Args[1] == "web" {
		web()
	} else {
		language()
	}
}
