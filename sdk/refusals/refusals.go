// Package refusals tells the log of a program what the program refuses.
package refusals

import (
	"sync"

	"github.com/netlab-dev/netlab/sdk"
)

// Log tells the log what a program refuses, and lets nobody who sends it decide how long the log gets: of each class
// it tells the first, the second, the fourth, the eighth ..., with how many there were. Safe for concurrent use.
type Log struct {
	env sdk.Env

	mu     sync.Mutex // guards what follows
	counts map[string]int
}

// maxClasses bounds the classes that are told apart. What comes after so many is counted together.
const maxClasses = 64

// New makes one for a node.
func New(env sdk.Env) *Log { return &Log{env: env, counts: map[string]int{}} }

// Tell counts a refusal of a class, a few words such as "damaged message", and may log it at level debug. args are names
// and values in turn, as for a log.
func (r *Log) Tell(class string, args ...any) {
	r.mu.Lock()
	if _, known := r.counts[class]; !known && len(r.counts) >= maxClasses {
		class = "refused for other reasons"
	}
	r.counts[class]++
	times := r.counts[class]
	r.mu.Unlock()
	if times&(times-1) == 0 {
		r.env.Log().Debug(class, append(args[:len(args):len(args)], "times", times)...)
	}
}
