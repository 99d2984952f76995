// Package regular is for files that somebody else may have made. It reads them: what lies at a path may be a pipe, a
// device or without end, and may become one between a look and the opening. It locks them, and says who else could have
// put them there.
package regular

import (
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// patience is how long a read may wait for something to come. Some files of a kernel look regular and wait.
const patience = 5 * time.Second

// Read returns the bytes of the file at path, through links, one more than the limit at most. check is asked before the
// file is opened, and again about what was opened; its error is returned as it is.
func Read(path string, limit int64, check func(fs.FileInfo) error) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil {
		err = check(info)
	}
	if err != nil {
		return nil, err
	}
	// Something else may lie there by now: a FIFO opened so does not wait for its other end.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err = file.Stat(); err == nil {
		err = check(info)
	}
	if err != nil {
		return nil, err
	}
	_ = file.SetReadDeadline(time.Now().Add(patience)) // fails for files that never wait
	return io.ReadAll(io.LimitReader(file, limit+1))
}
