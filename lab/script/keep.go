package script

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
)

// Keeper makes a run keep its topology up: the experiment executes until it first waits for something, and from there
// on it is not the script that acts, but whoever gives commands. Such a run ends when its context does.
type Keeper struct {
	// Up is called once, when every node is ready.
	Up func(nodes []NodeInfo)
	// Commands are carried out as they come, several at a time when they wait.
	Commands <-chan Command
	// Notice is told of what nobody has asked for, such as a node that has ended.
	Notice func(text string)
	// Done is told of every command that has been carried out: not of questions, nor of mistakes. Nil is fine.
	Done func(Done)
}

// NodeInfo is what a kept run knows of one of its nodes.
type NodeInfo struct {
	Name, Kind string
	Addr       string // the main address, "" for none
	State      string
}

// Command is one line for a kept run, in words: a verb of the lab or of a node, or a method of one. See Words.
type Command struct {
	Words []string
	By    string // who gives it, as `faults` says it; "" is whoever keeps the run
	// Answer is called once, from the run's goroutine: what to show, or what was wrong.
	Answer func(text string, err error)
}

// Done is a command that has been carried out.
type Done struct {
	Words []string
	By    string
	At    time.Duration // of the run
	Err   error         // as it was answered
}

// Unmet is the error of a command that was right and did not succeed: a dial that was refused, an answer that never
// came, a node that is crashed already.
type Unmet struct{ Msg, Hint string }

func (u *Unmet) Error() string { return u.Msg }

// keepTurn is how long time passes before a kept run looks for commands again.
const keepTurn = 20 * time.Millisecond

// keep takes over from the experiment, whose tasks end here. It returns when the run is stopped.
func (r *run) keep() error {
	r.endAll()
	if err := r.pass(r.now()); err != nil { // also of a node that ends while it starts
		return err
	}
	r.kept = true
	r.options.Keep.Up(r.infos())
	for {
		r.takeCommands()
		ran, err := r.round()
		if err == nil && !ran {
			err = r.pass(min(r.due(), later(r.now(), keepTurn)))
		}
		if err != nil {
			return err
		}
	}
}

// lose notes that a node of a kept run has ended by itself: it can be restarted as after a crash.
func (r *run) lose(f engine.Failure) {
	if n := r.byName[f.Node]; n != nil {
		n.crashed()
	}
	ended := nodeError{f}
	r.options.Keep.Notice(ended.Error())
}

func (r *run) infos() []NodeInfo {
	infos := make([]NodeInfo, len(r.nodes))
	for i, n := range r.nodes {
		addr, _ := n.mainAddr() // an error says that there is none
		infos[i] = NodeInfo{n.name, n.kind.name, string(addr), n.state.String()}
	}
	return infos
}

// takeCommands makes a task of each command that has come.
func (r *run) takeCommands() {
	for {
		select {
		case c, open := <-r.options.Keep.Commands:
			if !open {
				r.options.Keep.Commands = nil
				return
			}
			r.spawn(r.now(), r.commandTask(c), nil, nil).by = cmp.Or(c.By, "the terminal of lab up")
		default:
			return
		}
	}
}

// commandTask carries out the command, whose mistakes are its own and do not end the run.
func (r *run) commandTask(c Command) starlark.Callable {
	answered := false
	answer := func(text string, err error) {
		if !answered {
			answered = true
			c.Answer(text, err)
		}
	}
	return load.Builtin("command", func(
		thread *starlark.Thread, _ *starlark.Builtin, _ starlark.Tuple, _ []starlark.Tuple,
	) (starlark.Value, error) {
		defer answer("", context.Canceled) // of a run that ends meanwhile
		text, err := r.do(thread, c.Words)
		if errors.Is(err, errEnded) || r.Stopped() != nil {
			return nil, err
		}
		answer(text, err)
		var mistake *trouble.Error
		if done := r.options.Keep.Done; done != nil && !isQuestion(c.Words) && !errors.As(err, &mistake) {
			done(Done{c.Words, c.By, r.now(), err})
		}
		return starlark.None, nil
	})
}

// do carries out one command and says what came of it. The error is *Error for a command that is wrong, *Unmet for one
// that did not succeed.
func (r *run) do(thread *starlark.Thread, words []string) (string, error) {
	if isQuestion(words) {
		return r.state(words)
	}
	fn, args, kwargs, err := r.command(words)
	if err != nil {
		return "", r.explain(err)
	}
	value, err := star.Call(thread, fn, args, kwargs)
	var state *stateError
	if errors.As(err, &state) {
		e := r.explain(err)
		return "", &Unmet{e.Text, e.Hint}
	}
	if err != nil {
		e := *r.explain(err)
		if form := usage(words[0]); form != "" && (e.Hint == "" || errors.As(err, new(*load.Missing))) {
			e.Hint = "usage: " + form
		}
		return "", &e
	}
	return outcome(value)
}

// outcome is the text of what a command has returned.
func outcome(value starlark.Value) (string, error) {
	if named, ok := value.(starlark.HasAttrs); ok {
		if ok, err := named.Attr("ok"); err == nil && ok == starlark.False {
			return "", &Unmet{Msg: value.String()}
		}
	}
	switch value := value.(type) {
	case starlark.NoneType, *fault:
		return "", nil
	case *answer:
		if value.record == nil {
			return "", nil
		}
	case *object:
		if text := value.fields.Text(); text != "" {
			return value.String() + ": " + text + "\n", nil
		}
	}
	return value.String() + "\n", nil
}
