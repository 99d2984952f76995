// Command guest is a program as anybody would write it, which tests run on nodes of both engines, and as it is: see
// program_test.go of lab. Its first argument says what it does.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"
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
	"control":  control, "raw": raw, "flood": flood, "keep": keep, "names": names, "many": many,
}

// tell prints a line that becomes the event said.
func tell(what string, values ...any) { fmt.Println("@lab", what, fmt.Sprint(values...)) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// stay keeps the program at work.
func stay() {
	for {
		time.Sleep(time.Hour)
	}
}

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
