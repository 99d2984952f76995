package disk

import (
	"fmt"
	"sync/atomic"

	"github.com/netlab-dev/netlab/sdk"
)

// handle is one opening of a file.
type handle struct {
	*file
	closed atomic.Bool
}

var _ sdk.File = (*handle)(nil)

func (h *handle) check() error {
	if h.closed.Load() {
		return sdk.ErrClosed
	}
	return nil
}

func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	if err := h.check(); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, fmt.Errorf("read: negative offset %d", off)
	}
	return h.readAt(p, off)
}

func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	if err := h.check(); err != nil {
		return 0, err
	}
	if err := h.checkRange(off, int64(len(p))); err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	if err := h.writeAt(p, off); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (h *handle) Truncate(size int64) error {
	if err := h.check(); err != nil {
		return err
	}
	if err := h.checkRange(size, 0); err != nil {
		return fmt.Errorf("truncate: %w", err)
	}
	return h.truncate(size)
}

func (h *handle) Size() (int64, error) {
	if err := h.check(); err != nil {
		return 0, err
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.dead != nil && !h.parked {
		return 0, h.dead
	}
	return h.size(), nil
}

func (h *handle) Sync() error {
	if err := h.check(); err != nil {
		return err
	}
	return h.sync()
}

// Close gives the handle back; unsynced writes stay in memory, for whoever opens the file next.
func (h *handle) Close() error {
	if !h.closed.CompareAndSwap(false, true) {
		return sdk.ErrClosed
	}
	h.disk.release(h.file)
	return nil
}
