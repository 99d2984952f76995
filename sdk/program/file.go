package program

import (
	"errors"
	"io"

	"github.com/netlab-dev/netlab/sdk"
)

// file is an open file of the node's disk.
type file struct {
	file    sdk.File
	node    *node
	offset  int64
	reads   bool // it was opened for that, else a read fails
	writes  bool
	appends bool
	syncs   bool // each write is durable when it returns: O_SYNC
}

func (*file) filetype() byte { return typeFile }
func (*file) readable() bool { return true }
func (*file) writable() bool { return true }

func (f *file) close(p *process) {
	_ = f.file.Close()
	f.node.open--
	p.tree.settle(f.node)
}

func (f *file) read(p *process, size int) ([]byte, errno) {
	data, no := f.readAt(p, size, f.offset)
	f.offset += int64(len(data))
	return data, no
}

func (f *file) write(p *process, data []byte) (int, errno) {
	if f.appends {
		f.offset = f.node.size
	}
	n, no := f.writeAt(p, data, f.offset)
	f.offset += int64(n)
	return n, no
}

func (f *file) readAt(p *process, size int, offset int64) ([]byte, errno) {
	switch {
	case !f.reads:
		return nil, eBadf
	case offset < 0:
		return nil, eInval
	}
	data := make([]byte, max(0, min(int64(size), f.node.size-offset)))
	n, err := f.file.ReadAt(data, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, p.number(err)
	}
	return data[:n], success
}

func (f *file) writeAt(p *process, data []byte, offset int64) (int, errno) {
	switch {
	case !f.writes:
		return 0, eBadf
	case offset < 0:
		return 0, eInval
	case len(data) == 0:
		return 0, success
	}
	more := max(0, offset+int64(len(data))-f.node.size)
	data = data[:max(0, int64(len(data))-more+p.tree.room(more))] // a write in part, as when a disk gets full
	if len(data) == 0 {
		return 0, eNoSpc
	}
	n, err := f.file.WriteAt(data, offset)
	if err == nil {
		p.tree.resize(f.node, max(f.node.size, offset+int64(n)))
	}
	if err == nil && f.syncs {
		err = f.file.Sync()
	}
	return n, p.number(err)
}

// truncate is resize on behalf of the program, which must have opened the file for writing.
func (f *file) truncate(p *process, size int64) errno {
	if !f.writes {
		return eInval
	}
	return f.resize(p, size)
}

// resize makes the file as large as that, if there is room.
func (f *file) resize(p *process, size int64) errno {
	more := max(0, size-f.node.size)
	if p.tree.room(more) < more {
		return eNoSpc
	}
	err := f.file.Truncate(size)
	if err == nil {
		p.tree.resize(f.node, size)
	}
	return p.number(err)
}

// seek moves the offset: from the start (0), from where it is (1) or from the end (2).
func (f *file) seek(p *process, by int64, whence uint32) errno {
	var base int64
	switch whence {
	case 0:
	case 1:
		base = f.offset
	case 2:
		base = f.node.size
	default:
		return eInval
	}
	if base+by < 0 {
		return eInval
	}
	f.offset = base + by
	return success
}

// number is an error of the environment as the program sees it; the stop of the node ends the program.
func (p *process) number(err error) errno {
	if errors.Is(err, sdk.ErrStopped) {
		p.stop()
	}
	return number(err)
}
