package raft

import (
	"fmt"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
)

// The modes of reading.
const (
	modeLog   = "log"   // by a mark in the log: it sees all that was done before, on whichever node
	modeStale = "stale" // from the node's own store at once, however old that is
)

func checkMode(mode string) error {
	if mode != modeLog && mode != modeStale {
		return fmt.Errorf("mode is %q, want %q or %q", mode, modeLog, modeStale)
	}
	return nil
}

// ReadArgs are the arguments of the method read, and of a client's get.
type ReadArgs struct {
	Key  string `lab:"key"`
	Mode string `lab:"mode,default=log,doc=log sees everything that was done before; stale returns at once what one node knows"`
}

// command is the mark that the log carries for a read.
func (a ReadArgs) command() (kv.Command, error) {
	c := kv.Command{Op: kv.Get, Key: a.Key}
	if err := c.Check(); err != nil {
		return c, err
	}
	return c, checkMode(a.Mode)
}

// Held is the answer of read and get.
type Held struct {
	Value any `lab:"value,doc=text or an integer, None when the key is absent"`
}

// read in mode log is linearizable: the mark is applied after all commands that were committed before read was called.
// Only the leader can do it.
func (r *Raft) read(env sdk.Env, args ReadArgs) (Held, error) {
	mark, err := args.command()
	if err != nil {
		return Held{}, err
	}
	if args.Mode == modeStale {
		return Held{r.held(args.Key).Any()}, nil
	}
	answer, err := r.submit(env, mark.Encode())
	return Held{answer.result.Value.Any()}, err
}

// held is what the node's own store has for a key.
func (r *Raft) held(key string) kv.Value {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.store.Get(key)
}

// What one answer of the method log may hold.
const (
	maxLogEntries = 1000
	maxLogBytes   = 8 << 20
)

// LogArgs are the arguments of the method log.
type LogArgs struct {
	Low  uint64 `lab:"low,default=1,doc=index of the first entry"`
	High uint64 `lab:"high,default=0,doc=index of the last entry; 0 is the end of the log"`
}

// LogEntry is one entry of the answer of the method log.
type LogEntry struct {
	Index   uint64  `lab:"index"`
	Term    uint64  `lab:"term"`
	Command *string `lab:"command,doc=the proposed text; a command of the store is in words; None for the first entry of a leader"`
}

// readLog answers entries that are in the log, committed or not. It rather fails than leave some out.
func (r *Raft) readLog(_ sdk.Env, args LogArgs) ([]LogEntry, error) {
	r.mu.Lock()
	log := r.log
	r.mu.Unlock()
	last := uint64(len(log))
	low, high := max(args.Low, 1), min(args.High, last)
	if args.High == 0 {
		high = last
	}
	if low > high {
		return []LogEntry{}, nil
	}
	wanted := log[low-1 : high]
	if fit := fitting(wanted); fit < len(wanted) {
		return nil, fmt.Errorf("entries %d to %d are too many at once, which is %d, or %d bytes; ask for low = %d, high = %d",
			low, high, maxLogEntries, maxLogBytes, low, low+uint64(fit)-1)
	}
	entries := make([]LogEntry, len(wanted))
	for i, e := range wanted {
		entries[i] = LogEntry{Index: e.Index, Term: e.Term, Command: wording(e)}
	}
	return entries, nil
}

// fitting is how many of the entries fit into one answer.
func fitting(entries []core.Entry) int {
	size := 0
	for i, e := range entries {
		if size += len(e.Data); i == maxLogEntries || size > maxLogBytes {
			return i
		}
	}
	return len(entries)
}

// wording is an entry's command as people read it.
func wording(e core.Entry) *string {
	if e.Kind == core.Noop {
		return nil
	}
	text := string(e.Data)
	if c, err := kv.Decode(e.Data); err == nil {
		text = c.String()
	}
	return &text
}
