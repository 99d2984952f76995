package disk

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"

	"github.com/netlab-dev/netlab/sdk"
)

// file is one file of a Disk, shared by its handles. Its contents are the stored ones, seen through layers of unsynced
// writes, oldest first. There is more than one layer only while a Sync is under way: it froze the layers below, so that
// it makes durable what was written before it was called and nothing else.
type file struct {
	disk    *Disk
	name    string // "" once removed; guarded by disk.mu
	handles int    // guarded by disk.mu

	mu      sync.RWMutex
	stored  sdk.File
	durable int64    // size of stored
	written sdk.File // see Options.Written; may be nil
	layers  []*layer
	spare   *layer // an emptied layer, kept for its buffers
	dead    error  // what calls answer once the file is no more
	parked  bool   // nobody has it open, so it holds nothing of the backing open: see park
}

// kill ends the file, dropping what is unsynced: calls answer err from now on.
func (f *file) kill(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.parked {
		f.parked, f.dead, f.layers = false, err, nil
	}
	if f.dead != nil {
		return
	}
	f.dead = err
	f.layers = nil
	f.closeBacking()
}

func (f *file) closeBacking() {
	f.stored.Close()
	if f.written != nil {
		f.written.Close()
	}
}

// park closes what a file with unsynced writes holds of the backing while nobody has it open: a process can open only so many.
// A sync that is under way goes on with it.
func (f *file) park() {
	f.mu.Lock()
	defer f.mu.Unlock()
	syncs := slices.ContainsFunc(f.layers, func(l *layer) bool { return l.syncs > 0 })
	if f.dead != nil || syncs || f.disk.options.Fsync {
		return
	}
	f.closeBacking()
	f.parked, f.dead = true, sdk.ErrClosed
}

// unpark opens it again. The caller holds disk.mu.
func (f *file) unpark() (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.parked {
		return nil
	}
	if f.stored, err = f.disk.backing.Open(f.name); err != nil {
		return err
	}
	if f.written != nil {
		if f.written, err = f.disk.options.Written.Open(f.name); err != nil {
			return errors.Join(err, f.stored.Close())
		}
	}
	f.parked, f.dead = false, nil
	return nil
}

func (f *file) dirty() bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return len(f.layers) > 0
}

// size is the file's size seen through all layers. The caller holds f.mu.
func (f *file) size() int64 {
	if n := len(f.layers); n > 0 {
		return f.layers[n-1].size
	}
	return f.durable
}

func (f *file) readAt(p []byte, off int64) (int, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.dead != nil {
		return 0, f.dead
	}
	size := f.size()
	if off >= size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), size-off))
	if err := f.fill(p[:n], off, len(f.layers)); err != nil {
		return 0, err
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// fill reads p at off as seen through the lowest depth layers.
func (f *file) fill(p []byte, off int64, depth int) error {
	below := f.durable
	if depth > 0 {
		below = f.layers[depth-1].base
	}
	visible := min(max(below-off, 0), int64(len(p)))
	clear(p[visible:])
	if depth > 0 {
		if visible > 0 {
			if err := f.fill(p[:visible], off, depth-1); err != nil {
				return err
			}
		}
		f.layers[depth-1].overlay(p, off)
		return nil
	}
	if n, err := f.stored.ReadAt(p[:visible], off); int64(n) < visible {
		return fmt.Errorf("read %d bytes at %d: got %d: %w", visible, off, n, err)
	}
	return nil
}

// top returns the layer that takes writes. The caller holds f.mu for writing.
func (f *file) top() *layer {
	if n := len(f.layers); n > 0 && f.layers[n-1].syncs == 0 {
		return f.layers[n-1]
	}
	l := f.spare
	f.spare = nil
	if l == nil {
		l = new(layer)
	}
	l.base = f.size()
	l.size = l.base
	f.layers = append(f.layers, l)
	return l
}

func (f *file) writeAt(p []byte, off int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead != nil {
		return f.dead
	}
	if len(p) == 0 {
		return nil
	}
	f.top().write(p, off)
	if f.written != nil {
		_, err := f.written.WriteAt(p, off)
		return err
	}
	return nil
}

func (f *file) truncate(size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead != nil {
		return f.dead
	}
	if size == f.size() {
		return nil
	}
	f.top().truncate(size)
	if f.written != nil {
		return f.written.Truncate(size)
	}
	return nil
}

// storeAll makes durable what was written.
func (f *file) storeAll() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.layers {
		if err := f.store(l); err != nil {
			return err
		}
	}
	f.layers = nil
	return nil
}

// sync makes durable what was written before the call.
func (f *file) sync() error {
	target, err := f.freeze()
	if err != nil {
		return err
	}
	if wait := f.disk.options.Sync; wait != nil {
		err = wait(f.disk.nameOf(f))
	}
	if err := f.thaw(target, err); err != nil {
		return err
	}
	if f.disk.options.Fsync {
		if err := f.stored.Sync(); err != nil {
			return f.deadOr(err)
		}
	}
	return nil
}

// freeze returns the newest layer, closed for further writes; nil when nothing is unsynced.
func (f *file) freeze() (*layer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead != nil {
		return nil, f.dead
	}
	n := len(f.layers)
	if n == 0 {
		return nil, nil
	}
	f.layers[n-1].syncs++
	return f.layers[n-1], nil
}

// thaw ends what freeze began: it stores the layers up to target or, when the sync has failed, keeps them.
func (f *file) thaw(target *layer, failed error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead != nil {
		return f.dead
	}
	if target == nil {
		return failed
	}
	target.syncs--
	last := slices.Index(f.layers, target)
	if last < 0 {
		return failed // a sync that was called later has stored it already
	}
	for ; failed == nil && last >= 0; last-- {
		if failed = f.store(f.layers[0]); failed == nil {
			f.recycle(f.layers[0])
			f.layers = slices.Delete(f.layers, 0, 1)
		}
	}
	if failed != nil {
		f.fold()
	}
	return failed
}

// store applies the layer to the backing. It may be repeated after an error.
func (f *file) store(l *layer) error {
	resize := func(size int64) error {
		err := f.stored.Truncate(size)
		if err == nil {
			f.durable = size
		}
		return err
	}
	if l.base < f.durable {
		if err := resize(l.base); err != nil {
			return err
		}
	}
	for _, e := range l.extents {
		n, err := f.stored.WriteAt(e.data, e.off)
		if n > 0 {
			f.durable = max(f.durable, e.off+int64(n))
		}
		if err != nil {
			return err
		}
	}
	if l.size != f.durable {
		return resize(l.size)
	}
	return nil
}

// fold unites layers that no sync waits for with the one above, so that failing syncs do not pile them up.
func (f *file) fold() {
	for i := len(f.layers) - 2; i >= 0; i-- {
		if lower, upper := f.layers[i], f.layers[i+1]; lower.syncs == 0 {
			lower.absorb(upper)
			upper.base, upper.size, upper.extents = lower.base, lower.size, lower.extents
			f.layers = slices.Delete(f.layers, i, i+1)
		}
	}
}

func (f *file) recycle(l *layer) {
	if l.syncs == 0 && l.reset() {
		f.spare = l
	}
}

func (f *file) deadOr(err error) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.dead != nil {
		return f.dead
	}
	return err
}

// checkRange refuses what would reach beyond the limit of the disk.
func (f *file) checkRange(off, length int64) error {
	limit := f.disk.options.MaxFile
	if off < 0 {
		return fmt.Errorf("negative offset %d", off)
	}
	if off > math.MaxInt64-length || off+length > limit {
		return fmt.Errorf("%w: %d bytes at %d, the limit is %d", ErrTooBig, length, off, limit)
	}
	return nil
}
