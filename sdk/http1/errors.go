package http1

import (
	"errors"
	"strconv"
)

// Error is a message that was refused, or that did not arrive whole.
type Error struct {
	// Status is the answer that fits: 400, 408, 413, 414, 417, 431, 501 or 505 for a request; for a response, which
	// only a gateway can report, 502 or 504.
	Status int
	// Rule says what was wrong, in words that never change with the message.
	Rule string
	// Got is the beginning of what broke the rule, if that can be shown.
	Got string
	// Err is what the connection said: io.ErrUnexpectedEOF, os.ErrDeadlineExceeded, or nil.
	Err error
}

func (e *Error) Error() string {
	s := "http1: " + e.Rule
	if e.Got != "" {
		s += ": got " + strconv.Quote(e.Got)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// shownBytes limits how much of a broken message an error repeats.
const shownBytes = 60

func clip[T string | []byte](s T) string {
	return string(s[:min(len(s), shownBytes)])
}

var (
	// ErrNoAnswer means that the server ended the connection before the first byte of its response. On a connection that
	// has served before it is most often a server that had just closed an idle connection; RFC 9112 9.3.1 allows to
	// send an idempotent request again.
	ErrNoAnswer = errors.New("http1: connection ended before an answer")
	// ErrUnsolicited means that the server sent bytes nobody had asked for: an answer to come would be misread.
	ErrUnsolicited = errors.New("http1: bytes from the server before a request")
	// ErrBodyUnread means that a message was asked for while the body of the last one had not been read to its end.
	ErrBodyUnread = errors.New("http1: body of the previous message not read to its end")
	// ErrTunnel means that a message was asked for on a connection that carries another protocol by now.
	ErrTunnel = errors.New("http1: connection was upgraded")
)
