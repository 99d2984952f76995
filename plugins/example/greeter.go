package example

import (
	"bufio"
	"fmt"
	"sync/atomic"

	"github.com/netlab-dev/netlab/sdk"
)

// Greeter is the kind greeter. Its tagged fields are what a script may set: lab.add("greeter", greeting = "Hi").
type Greeter struct {
	Port     int    `lab:"port,default=7000,main,doc=TCP port to listen on"`
	Greeting string `lab:"greeting,default=Hello,doc=the text before the name"`

	count atomic.Int64 // methods run at the same time as Run, in live in parallel
}

// Greeted is an event. A script finds it with lab.events("greeted", whom = "Ada").
type Greeted struct{ Whom string }

func greeterKind() sdk.Kind {
	return sdk.Kind{
		Name: "greeter", Doc: "answers every name over TCP with a greeting",
		New:     func() sdk.Component { return &Greeter{} },
		Methods: []sdk.Method{sdk.Func("greeted", "returns how many names it has greeted", (*Greeter).greeted)},
		Events:  []any{Greeted{}},
	}
}

// Run accepts connections until the node stops.
func (g *Greeter) Run(env sdk.Env) error {
	ln, err := env.Listen(g.Port)
	if err != nil {
		return err
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		env.Go(func() { g.serve(env, conn) })
	}
}

func (g *Greeter) serve(env sdk.Env, conn sdk.Conn) {
	defer conn.Close()
	for names := bufio.NewScanner(conn); names.Scan(); {
		fmt.Fprintf(conn, "%s, %s!\n", g.Greeting, names.Text())
		g.count.Add(1)
		env.Emit(Greeted{Whom: names.Text()})
	}
}

// greeted is a method: a script calls node.greeted().
func (g *Greeter) greeted(sdk.Env) (int64, error) { return g.count.Load(), nil }
