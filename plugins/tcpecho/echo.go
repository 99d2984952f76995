// Package tcpecho is the plugin to read first: a TCP server that answers every line with a prefix and the line.
package tcpecho

import (
	"bufio"
	"bytes"

	"github.com/netlab-dev/netlab/sdk"
)

// Echo is the kind tcp-echo. Its tagged fields are what a script may set: lab.add("tcp-echo", prefix = "> ").
type Echo struct {
	Port   int    `lab:"port,default=8080,main,doc=TCP port to listen on"`
	Prefix string `lab:"prefix,default=Echo: ,doc=the text before each line of the answer"`
}

// Plugin serves the kind tcp-echo.
func Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "tcp-echo", Doc: "a TCP echo", Kinds: []sdk.Kind{{
		Name: "tcp-echo", Doc: "answers every line over TCP with a prefix and the same line",
		New: func() sdk.Component { return &Echo{} },
	}}}
}

// Run accepts connections until the node stops.
func (e *Echo) Run(env sdk.Env) error {
	ln, err := env.Listen(e.Port)
	if err != nil {
		return err
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		env.Go(func() { e.serve(conn) })
	}
}

// serve passes bytes through as they come: a line may have any length, the last one may lack its newline.
func (e *Echo) serve(conn sdk.Conn) {
	defer conn.Close()
	out := bufio.NewWriterSize(conn, 32<<10)
	buf := make([]byte, 16<<10) // more than TCP's first window: an answer that fits it leaves in one write, in whole segments
	fresh := true               // the next byte begins a line
	for {
		n, err := conn.Read(buf)
		for line := range bytes.Lines(buf[:n]) {
			if fresh {
				out.WriteString(e.Prefix)
			}
			out.Write(line)
			fresh = line[len(line)-1] == '\n'
		}
		if out.Flush() != nil || err != nil {
			return
		}
	}
}
