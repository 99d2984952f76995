package lab

import (
	"context"
	"sync"
)

// made is the module of a path that scripts have named. It is made once for all runs of a command.
type made struct {
	once   sync.Once
	module string
	err    error
}

// program makes the modules of paths, as script.RunOptions.Program wants it.
func (b *session) program(ctx context.Context) func(path string) (string, error) {
	return func(path string) (string, error) {
		kept, _ := b.programs.LoadOrStore(path, &made{})
		m := kept.(*made)
		m.once.Do(func() { m.module, m.err = b.host.Program(ctx, path) })
		return m.module, m.err
	}
}
