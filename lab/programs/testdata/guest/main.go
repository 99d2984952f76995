// Command guest is a program as anybody would write it, which tests run on nodes of both engines, and as it is: see
// program_test.go of lab. Its first argument says what it does.
package main

import (
	"fmt"
	"io"
	"net"
	"os"

	"example.com/guest/told"
)

func main() {
	what, ok := acts[os.Args[1]]
	if !ok {
		fmt.Println("no act", os.Args[1])
		os.Exit(2)
	}
	what()
}

var acts = map[string]func(){
	"echo": echo, "server": server, "client": client, "files": files, "node": node,
	"loop": func() {
		for {
		}
	},
	"clock": clock, "memory": memory, "sockets": sockets, "fill": fill, "garbage": garbage, "exit": func() {},
	"panic":    func() { var m map[string]int; m["nothing"] = 1 },
	"deadlock": func() { select {} },
	"partial":  func() { fmt.Print("no end of the line"); os.Exit(1) },
	"signal":   waitForSignal,
	"control":  control, "raw": raw, "flood": flood, "keep": keep, "names": keptNames, "paths": paths, "connections": connections, "many": many,
}

// How it tells what it sees.
var (
	tell, must = told.Line, told.Must
	kind, stay = told.Kind, told.Stay
)

// echo sends back what it gets.
func echo() {
	listener, err := net.Listen("tcp", ":"+os.Getenv("PORT"))
	must(err)
	for {
		conn, err := listener.Accept()
		must(err)
		go func() {
			defer conn.Close()
			io.Copy(conn, conn)
		}()
	}
}
