// Package told is how the programs of tests tell what they see, so that a node's is comparable with a kernel's.
package told

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"
)

// Line prints a line that becomes the event said.
func Line(what string, values ...any) { fmt.Println("@lab", what, fmt.Sprint(values...)) }

// Must ends the program when there is an error.
func Must(err error) {
	if err != nil {
		panic(err)
	}
}

// End says that all is told, and keeps the program at work on a node.
func End() {
	Line("end")
	if os.Getenv("STAY") != "" {
		Stay()
	}
}

// Stay keeps the program at work.
func Stay() {
	for {
		time.Sleep(time.Hour)
	}
}

// kinds are errors that programs tell apart, the more special ones first.
var kinds = []struct {
	name string
	err  error
}{
	{"EOF", io.EOF}, {"ErrClosed", fs.ErrClosed}, {"net.ErrClosed", net.ErrClosed}, {"ErrDeadline", os.ErrDeadlineExceeded}, {"ErrNoDeadline", os.ErrNoDeadline},
	{"ENOTEMPTY", syscall.ENOTEMPTY}, {"ErrExist", fs.ErrExist}, {"ErrNotExist", fs.ErrNotExist}, {"ENOTDIR", syscall.ENOTDIR},
	{"EISDIR", syscall.EISDIR}, {"EINVAL", syscall.EINVAL}, {"EBADF", syscall.EBADF}, {"ENAMETOOLONG", syscall.ENAMETOOLONG},
	{"ENOSPC", syscall.ENOSPC}, {"ESPIPE", syscall.ESPIPE}, {"EPIPE", syscall.EPIPE}, {"ECONNRESET", syscall.ECONNRESET},
	{"ECONNREFUSED", syscall.ECONNREFUSED}, {"EADDRINUSE", syscall.EADDRINUSE}, {"EMSGSIZE", syscall.EMSGSIZE}, {"ENOTCONN", syscall.ENOTCONN},
	{"EBUSY", syscall.EBUSY}, {"unexpected EOF", io.ErrUnexpectedEOF},
}

// Kind is what a program learns of an error by errors.Is.
func Kind(err error) string {
	if err == nil {
		return "ok"
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.name
		}
	}
	return "other: " + err.Error()
}
