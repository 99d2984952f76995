// Package program is the kind program: an unmodified program, compiled to WebAssembly for WASI preview 1, at work on a
// node. What it asks of its system, clock, randomness, sockets and files, it gets from the node's environment, so it runs
// in virtual time as well as on real sockets. wazero, which is Go, runs the module; no state of it depends on chance.
//
//	program.go     the kind: configuration, start and end
//	compile.go     from a file to a module that can be started, cached on disk
//	given.go       what is wrong with the environment and the files that it is given
//	process.go     what a program at work consists of: arguments, descriptors, output
//	host.go        how the functions that a module imports are defined; wasi*.go, net.go: these functions
//	poll.go        the one place where a program waits
//	stream.go, listener.go, datagrams.go, file.go, directory.go, control.go: what a descriptor can be
//	names.go       the addresses that stand for nodes
package program

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/netlab-dev/netlab/sdk"
)

// Program is the kind program. Its tagged fields are what a script may set.
type Program struct {
	Path  string     `lab:"path,program,doc=the program: a WebAssembly module for WASI preview 1, or the directory of a Go package main; relative to the script"`
	Args  []string   `lab:"args,default=[],doc=its arguments, without its name; $NODE means the node's name, $PORT its port"`
	Env   sdk.Fields `lab:"env,default={},doc=variables of its environment, in addition to NODE, PORT, PEERS and HOSTNAME; $NODE and $PORT work as in args"`
	Files sdk.Fields `lab:"files,default={},doc=files that are on its disk when it starts for the first time: a dict of path and text"`
	Disk  int64      `lab:"disk,default=1073741824,min=0,doc=the size of its disk in bytes, such as 64*MiB; one file has at most 1 GiB"`
	Port  int        `lab:"port,default=8080,main,doc=port of the node's main address; give it to the program by args, or let the program read PORT"`
	Ready string     `lab:"ready,default=,doc=a text: the event ready comes with the first line of output that contains it. Without a text, it comes when the program listens on port"`

	process atomic.Pointer[process]
}

// Said is a line "@lab WHAT VALUE" of the program's output.
type Said struct {
	What  string
	Value string
}

// Ready is emitted once in an incarnation, when the program can be used: see Program.Ready.
type Ready struct{}

// Exited is emitted when the program has ended with exit code 0.
type Exited struct{}

// Plugin serves the kind program.
func Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "program", Doc: "programs compiled to WebAssembly, as they are", Kinds: []sdk.Kind{{
		Name: "program", Doc: "runs a program that was compiled to WebAssembly; lab doc programs says which programs work",
		New:    func() sdk.Component { return &Program{} },
		Events: []any{Said{}, Ready{}, Exited{}},
		Methods: []sdk.Method{
			sdk.Func("call", "sends a request to the program over descriptor 4, as a line of JSON, and returns its answer", (*Program).call),
		},
	}}}
}

// Validate compiles the module, and says what is wrong with it, or with what it is given.
func (c *Program) Validate() error {
	if err := checkEnv(c.Env); err != nil {
		return err
	}
	if err := checkFiles(c.Files, c.Disk); err != nil {
		return err
	}
	_, err := load(c.Path)
	return err
}

// Run runs the program until it ends or the node stops.
func (c *Program) Run(env sdk.Env) error {
	m, err := load(c.Path)
	if err != nil {
		return err
	}
	p := newProcess(env, c)
	c.process.Store(p)
	if err := p.provide(c.Files); err != nil {
		return err
	}
	err = p.run(m)
	p.end()
	if err == nil {
		env.Emit(Exited{})
	}
	return err
}

// run starts the module and returns how it has ended.
func (p *process) run(m *module) error {
	ctx := experimental.WithMemoryAllocator(context.WithValue(context.Background(), processKey{}, p), m.image)
	instance, err := m.runtime.InstantiateModule(ctx, m.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return fmt.Errorf("the program does not start: %w", err)
	}
	defer instance.Close(context.Background())
	_, err = instance.ExportedFunction("_start").Call(ctx)
	var exit *sys.ExitError
	switch {
	case p.stopped:
		return sdk.ErrStopped
	case p.failed != nil:
		return p.failed
	case !errors.As(err, &exit):
		return err
	case exit.ExitCode()&0xff == 0: // a system keeps no more of it
		return nil
	}
	return fmt.Errorf("exit code %d%s", exit.ExitCode()&0xff, p.output.lastWords())
}
