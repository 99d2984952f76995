package traffic

import (
	"bufio"
	"errors"
	"io"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// echoRequester sends frames over TCP to a server that answers each line by one that ends in it.
type echoRequester struct {
	stream
	frames  frames
	drive   *drive
	lines   *bufio.Reader
	frame   []byte
	scratch []byte
}

// maxPrefix is how many bytes an echo may put before a line.
const maxPrefix = 4096

var (
	errBroken = errors.New("corrupted")
	errLong   = errors.New("the answer is not a line that ends in the request")
)

func newEchoRequester(d *drive, addr sdk.Addr, f frames) *echoRequester {
	return &echoRequester{
		stream: stream{addr: addr}, frames: f, drive: d,
		frame: make([]byte, f.size), scratch: make([]byte, f.size),
	}
}

func (l *echoRequester) ask(env sdk.Env, n int, deadline time.Time) (a answer) {
	fresh, err := l.connect(env, deadline)
	switch {
	case err != nil:
		l.close()
		return answer{err: err}
	case l.lines == nil:
		l.lines = bufio.NewReaderSize(l.conn, l.frames.size+maxPrefix)
	case fresh:
		l.lines.Reset(l.conn)
	}
	l.frames.put(l.frame, n)
	a.sent = true
	if _, a.err = l.conn.Write(l.frame); a.err == nil {
		a.err = l.await(n)
	}
	if a.err != nil {
		l.close()
		return a
	}
	a.received, a.bytes = true, l.frames.size
	return a
}

// await reads until the answer to request n.
func (l *echoRequester) await(n int) error {
	for {
		line, err := l.lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return errLong
		case errors.Is(err, io.EOF):
			return errNoAnswer
		case err != nil:
			return err
		}
		got, v := l.frames.read(line, l.scratch)
		switch {
		case v == good && got == n:
			return nil
		case v == good:
			l.drive.arriveAgain(got)
		case v == broken:
			l.drive.arriveBroken()
			return errBroken
		}
	}
}

// bulkRequester sends the same bytes over TCP, and awaits nothing.
type bulkRequester struct {
	stream
	data []byte
}

func (l *bulkRequester) ask(env sdk.Env, _ int, deadline time.Time) (a answer) {
	if _, err := l.connect(env, deadline); err != nil {
		l.close()
		return answer{err: err}
	}
	a.bytes, a.err = l.conn.Write(l.data)
	a.sent = a.bytes > 0
	if a.err != nil {
		l.close()
	}
	return a
}
