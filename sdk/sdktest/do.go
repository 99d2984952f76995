package sdktest

import (
	"reflect"
	"sync"

	"github.com/netlab-dev/netlab/sdk"
)

// Do runs f as a task on the node "bench", of its own kind, and lets time pass until f has returned, at most for an
// hour. f may use its environment as a component does; it must not call methods of the Bench, nor t.Fatal.
func (b *Bench) Do(f func(sdk.Env)) {
	b.t.Helper()
	b.DoOn("bench", f)
}

// DoOn is Do on a node of another name, which must not be one of the plugin's.
func (b *Bench) DoOn(node string, f func(sdk.Env)) {
	b.t.Helper()
	if b.starts[node] == nil {
		b.Add(node, benchKind, nil)
	}
	id := b.tasks.add(f)
	if a := b.Call(node, "do", sdk.Fields{{Name: "task", Value: id}}); !a.OK {
		b.t.Errorf("seed %d: the task on %s has not ended: %s", b.seed, node, a.Error)
	}
}

const benchKind = "sdktest-bench"

// tasks are the functions given to Do, by number: the protocol carries only numbers.
type tasks struct {
	mu   sync.Mutex
	list []func(sdk.Env)
}

func (t *tasks) add(f func(sdk.Env)) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, f)
	return int64(len(t.list) - 1)
}

func (t *tasks) get(id int) func(sdk.Env) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.list[id]
}

// Run makes tasks a component.
func (t *tasks) Run(sdk.Env) error { return nil }

type doArgs struct{ Task int }

// kind is that of the nodes on which the functions run. They may emit what the plugin's kinds do; of two types with one
// name only the first.
func (t *tasks) kind(of []sdk.Kind) sdk.Kind {
	var events []any
	taken := map[string]bool{}
	for _, k := range of {
		for _, e := range k.Events {
			if name := typeName(e); !taken[name] {
				taken[name] = true
				events = append(events, e)
			}
		}
	}
	return sdk.Kind{
		Name: benchKind, Events: events,
		New: func() sdk.Component { return t },
		Methods: []sdk.Method{sdk.Func("do", "", func(t *tasks, env sdk.Env, args doArgs) error {
			t.get(args.Task)(env)
			return nil
		})},
	}
}

func typeName(event any) string {
	t := reflect.TypeOf(event)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return ""
	}
	return t.Name()
}
