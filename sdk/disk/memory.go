package disk

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/netlab-dev/netlab/sdk"
)

// pageSize is the unit in which Memory stores contents, in bytes: holes cost nothing, and appending moves little.
const pageSize = 32 << 10

// Memory returns an empty backing in memory. It survives the Disks opened over it, as a real disk survives its machine.
func Memory() Backing {
	return &memory{files: map[string]*pages{}}
}

type memory struct {
	mu    sync.Mutex
	files map[string]*pages
}

func (m *memory) Open(name string) (sdk.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.files[name]
	if f == nil {
		f = new(pages)
		m.files[name] = f
	}
	return f, nil
}

func (m *memory) Rename(oldname, newname string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.files[oldname]
	if f == nil {
		return fmt.Errorf("rename %q: %w", oldname, sdk.ErrNotExist)
	}
	delete(m.files, oldname)
	m.files[newname] = f
	return nil
}

func (m *memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files[name] == nil {
		return fmt.Errorf("remove %q: %w", name, sdk.ErrNotExist)
	}
	delete(m.files, name)
	return nil
}

func (m *memory) Stat(name string) (int64, error) {
	m.mu.Lock()
	f := m.files[name]
	m.mu.Unlock()
	if f == nil {
		return 0, fmt.Errorf("stat %q: %w", name, sdk.ErrNotExist)
	}
	return f.Size()
}

func (m *memory) List() ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.files)), nil
}

func (m *memory) Flush() error { return nil }

func (m *memory) Close() error { return nil }

// pages is the content of one file. A page may be shorter than pageSize, or nil: what it lacks is zeros.
type pages struct {
	mu    sync.RWMutex
	pages [][]byte
	size  int64
}

func (f *pages) ReadAt(p []byte, off int64) (int, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	n := int(min(max(f.size-off, 0), int64(len(p))))
	for done := 0; done < n; {
		page, at := int((off+int64(done))/pageSize), int((off+int64(done))%pageSize)
		part := p[done:min(n, done+pageSize-at)]
		clear(part)
		if at < len(f.pages[page]) {
			copy(part, f.pages[page][at:])
		}
		done += len(part)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *pages) WriteAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.resize(max(f.size, off+int64(len(p))))
	for done := 0; done < len(p); {
		page, at := int((off+int64(done))/pageSize), int((off+int64(done))%pageSize)
		part := p[done:min(len(p), done+pageSize-at)]
		have := f.pages[page]
		if gap := at - len(have); gap > 0 {
			have = append(have, make([]byte, gap)...)
		}
		if end := at + len(part); end <= len(have) {
			copy(have[at:], part)
		} else {
			have = append(have[:at], part...)
		}
		f.pages[page] = have
		done += len(part)
	}
	return len(p), nil
}

// resize sets the size. Growth adds holes.
func (f *pages) resize(size int64) {
	count := int((size + pageSize - 1) / pageSize)
	if count < len(f.pages) {
		f.pages = slices.Delete(f.pages, count, len(f.pages))
	} else if missing := count - len(f.pages); missing > 0 {
		f.pages = append(f.pages, make([][]byte, missing)...)
	}
	if tail := int(size % pageSize); size < f.size && tail > 0 && tail < len(f.pages[count-1]) {
		f.pages[count-1] = f.pages[count-1][:tail]
	}
	f.size = size
}

func (f *pages) Truncate(size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.resize(size)
	return nil
}

func (f *pages) Size() (int64, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.size, nil
}

func (f *pages) Sync() error { return nil }

func (f *pages) Close() error { return nil }
