package program

import (
	"errors"
	"io"

	"github.com/netlab-dev/netlab/sdk"
)

// file is an open file of the node's disk.
type file struct {
	file    sdk.File
	path    string
	offset  int64
	appends bool
	syncs   bool // each write is durable when it returns: O_SYNC
}

func (*file) filetype() byte   { return typeFile }
func (*file) readable() bool   { return true }
func (*file) writable() bool   { return true }
func (f *file) close(*process) { _ = f.file.Close() }

func (f *file) read(p *process, size int) ([]byte, errno) {
	data, no := f.readAt(p, size, f.offset)
	f.offset += int64(len(data))
	return data, no
}

func (f *file) write(p *process, data []byte) (int, errno) {
	if f.appends {
		size, err := f.file.Size()
		if err != nil {
			return 0, p.number(err)
		}
		f.offset = size
	}
	n, no := f.writeAt(p, data, f.offset)
	f.offset += int64(n)
	return n, no
}

func (f *file) readAt(p *process, size int, offset int64) ([]byte, errno) {
	if offset < 0 {
		return nil, eInval
	}
	length, err := f.file.Size()
	if err != nil {
		return nil, p.number(err)
	}
	data := make([]byte, max(0, min(int64(size), length-offset)))
	n, err := f.file.ReadAt(data, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, p.number(err)
	}
	return data[:n], success
}

func (f *file) writeAt(p *process, data []byte, offset int64) (int, errno) {
	if offset < 0 {
		return 0, eInval
	}
	n, err := f.file.WriteAt(data, offset)
	if err == nil && f.syncs {
		err = f.file.Sync()
	}
	return n, p.number(err)
}

// seek moves the offset: from the start (0), from where it is (1) or from the end (2).
func (f *file) seek(p *process, by int64, whence uint32) errno {
	var base int64
	switch whence {
	case 0:
	case 1:
		base = f.offset
	case 2:
		size, err := f.file.Size()
		if err != nil {
			return p.number(err)
		}
		base = size
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
