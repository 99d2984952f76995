package star

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/value"
)

// MaxLoadSteps bounds what the top level of a script, with all that it loads, may execute: a second or two of work. The
// lab and a function's Rebuild apply the same bound, so that what the lab could load can be rebuilt.
const MaxLoadSteps = 50_000_000

// set is a function's modules, executed once.
type set struct {
	modules []value.Module
	names   starlark.StringDict // what is predeclared to them

	once   sync.Once
	loaded map[string]*loaded
	err    error

	mu       sync.Mutex
	programs map[string]*starlark.Program // of single functions, by place and captured names
}

// loaded is one module after its top level has run.
type loaded struct {
	source  string
	globals starlark.StringDict
	scope   starlark.StringDict // all names that a function at its top level can use; shared: never changed
}

// cache keeps the sets that were used last, of all worlds in this process: a thousand runs of one script execute its
// top level once.
var cache sets

// maxSets bounds the cache; scripts with functions that run at the same time are few.
const maxSets = 32

type sets struct {
	mu   sync.Mutex
	used []cached // the latest first
}

type cached struct {
	key [sha256.Size]byte
	set *set
}

// setOf returns the set of a function's modules, which may still have to be executed.
func setOf(fn value.Function, more starlark.StringDict) *set {
	if len(more) > 0 { // these may belong to one world
		return newSet(fn, more)
	}
	return cache.get(keyOf(fn), func() *set { return newSet(fn, nil) })
}

func (c *sets) get(key [sha256.Size]byte, create func() *set) *set {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, entry := range c.used {
		if entry.key == key {
			copy(c.used[1:i+1], c.used[:i])
			c.used[0] = entry
			return entry.set
		}
	}
	entry := cached{key, create()}
	if len(c.used) < maxSets {
		c.used = append(c.used, cached{})
	}
	copy(c.used[1:], c.used)
	c.used[0] = entry
	return entry.set
}

func (c *sets) drop(s *set) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used = slices.DeleteFunc(c.used, func(entry cached) bool { return entry.set == s })
}

// keyOf hashes all that decides what the modules' top level does.
func keyOf(fn value.Function) (key [sha256.Size]byte) {
	h := sha256.New()
	feed(h, len(fn.Modules))
	for _, m := range fn.Modules {
		feed(h, len(m.Loads), m.Path, m.Source)
		for _, load := range m.Loads {
			feed(h, 0, load.Name, load.Path)
		}
	}
	feed(h, len(fn.Known), fn.Known...)
	h.Sum(key[:0])
	return key
}

// feed writes a number and texts so that no two sequences read alike.
func feed(h hash.Hash, n int, parts ...string) {
	length := binary.LittleEndian.AppendUint64(nil, uint64(n))
	h.Write(length)
	for _, part := range parts {
		h.Write(binary.LittleEndian.AppendUint64(length[:0], uint64(len(part))))
		io.WriteString(h, part)
	}
}

func newSet(fn value.Function, more starlark.StringDict) *set {
	names := Predeclared()
	for _, name := range fn.Known {
		if !names.Has(name) {
			names[name] = &hostOnly{name}
		}
	}
	maps.Copy(names, more)
	maps.Copy(names, boundOperands(maxTravelledVisits))
	names.Freeze()
	return &set{modules: fn.Modules, names: names, programs: map[string]*starlark.Program{}}
}

// load executes the modules, the first time it is called. A set that cannot be loaded is not kept: memory, for one, may
// have been short for reasons of others.
func (s *set) load() error {
	s.once.Do(func() {
		defer func() {
			if s.err != nil {
				cache.drop(s)
			}
		}()
		s.loaded = make(map[string]*loaded, len(s.modules))
		steps := uint64(0)
		for _, m := range s.modules {
			if s.err = s.exec(m, &steps); s.err != nil {
				return
			}
		}
	})
	return s.err
}

// topLevel is the local of a thread that executes a module's top level.
const topLevel = "toplevel"

func (s *set) exec(m value.Module, steps *uint64) error {
	tree, err := Dialect.Parse(m.Path, m.Source, 0)
	if err != nil {
		return err
	}
	Guard(tree)
	program, err := starlark.FileProgram(tree, s.names.Has)
	if err != nil {
		return err
	}
	thread := s.thread(m, MaxLoadSteps-min(*steps, MaxLoadSteps-1))
	globals, err := initialize(program, thread, s.names)
	*steps += thread.ExecutionSteps()
	if err != nil {
		return errors.New(Backtrace(err))
	}
	if _, err := Freeze(globals); err != nil {
		return err
	}
	done := &loaded{source: m.Source, globals: globals, scope: maps.Clone(s.names)}
	for _, stmt := range tree.Stmts {
		if load, ok := stmt.(*syntax.LoadStmt); ok {
			from := s.target(m, load.ModuleName()).globals // the statement has run: there is one
			for i := range load.To {
				done.scope[load.To[i].Name] = from[load.From[i].Name]
			}
		}
	}
	maps.Copy(done.scope, globals)
	s.loaded[m.Path] = done
	return nil
}

// initialize executes a program's top level under the guard of memory.
func initialize(p *starlark.Program, thread *starlark.Thread, names starlark.StringDict) (starlark.StringDict, error) {
	r := &runner{thread: thread}
	guard.add(r)
	guard.enter(r)
	defer r.leave()
	return Init(p, thread, names)
}

// thread makes a thread for code of a module's top level.
func (s *set) thread(m value.Module, steps uint64) *starlark.Thread {
	thread := &starlark.Thread{Name: m.Path, Print: func(*starlark.Thread, string) {}}
	thread.Load = func(_ *starlark.Thread, name string) (starlark.StringDict, error) {
		if target := s.target(m, name); target != nil {
			return target.globals, nil
		}
		return nil, fmt.Errorf("its source was not sent along")
	}
	thread.SetLocal(topLevel, true)
	OnSteps(thread, steps, func(t *starlark.Thread, err error) {
		if err == nil {
			err = fmt.Errorf("the top level takes more than %d steps", uint64(MaxLoadSteps))
		}
		t.Cancel(err.Error())
	})
	return thread
}

// target is the module that a load statement means, nil when there is none.
func (s *set) target(m value.Module, name string) *loaded {
	for _, load := range m.Loads {
		if load.Name == name {
			return s.loaded[load.Path]
		}
	}
	return nil
}
