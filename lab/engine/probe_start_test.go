package engine_test

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// mute is a component whose Run returns at once.
type mute struct{}

func (mute) Run(sdk.Env) error { return nil }

// herald does in its first moments what others do later.
type herald struct {
	said *sdk.Mailbox[string]
}

const heraldPort = 8100

// Run emits, listens, and dials every peer once.
func (h *herald) Run(env sdk.Env) error {
	h.said = sdk.NewMailbox[string](env)
	env.Emit(tick{1})
	ln, err := env.Listen(heraldPort)
	if err != nil {
		return err
	}
	env.Go(func() {
		for err := error(nil); err == nil; {
			_, err = ln.Accept()
		}
	})
	said := ""
	for _, peer := range env.Peers() {
		_, err := env.Dial(string(sdk.MakeAddr(peer, heraldPort)))
		said += fmt.Sprintf("%s:%s ", peer, class(err))
	}
	h.said.Post(said)
	return nil
}

func (h *herald) outcome(sdk.Env) (string, error) { return h.said.Recv(time.Time{}) }

func (p *probe) draw(env sdk.Env) (int64, error) { return env.Rand().Int64(), nil }

type burstArgs struct {
	Tasks int `lab:"tasks"`
	Each  int `lab:"each"`
}

func (p *probe) burst(env sdk.Env, a burstArgs) error {
	ended := sdk.NewMailbox[bool](env)
	for range a.Tasks {
		env.Go(func() {
			for n := range a.Each {
				env.Emit(&tick{n})
			}
			ended.Post(true)
		})
	}
	for range a.Tasks {
		if _, err := ended.Recv(time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// starve forbids the process to open files, and makes Run return what a listener says to that.
func (p *probe) starve(env sdk.Env) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	_, err := env.Listen(8000)
	p.fate.Post(err)
	return nil
}

type toilArgs struct {
	Steps int `lab:"steps"`
}

func (p *probe) toil(env sdk.Env, a toilArgs) error {
	for range a.Steps {
		if err := env.Sleep(time.Microsecond); err != nil {
			return err
		}
	}
	return nil
}

// jammed makes newJam block: serve.Main calls it, too.
var jammed atomic.Bool

func (p *probe) jam(sdk.Env) error {
	jammed.Store(true)
	return nil
}

func newJam() sdk.Component {
	if jammed.Load() {
		select {}
	}
	return mute{}
}

type stray struct{}

func (p *probe) stray(env sdk.Env) error {
	env.Emit(stray{})
	return nil
}
