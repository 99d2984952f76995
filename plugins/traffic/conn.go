package traffic

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/netlab-dev/netlab/sdk"
)

const (
	maxLine = 1 << 20  // bytes of a line that a script can read
	maxRead = 16 << 20 // bytes of one read
	chunk   = 32 << 10 // bytes fetched at a time: what is not asked for stays in the network
)

// conn is a TCP connection in the hands of a script.
type conn struct {
	stream sdk.Conn

	inbox   *inbox
	buffer  []byte // of fetch
	arrived []byte // and not yet read
	end     error  // what follows: io.EOF, or why there is no more
}

type dataArgs struct {
	Data []byte `lab:"data,doc=text or bytes"`
}

func (c *conn) send(_ sdk.Env, args dataArgs) error {
	n, err := c.stream.Write(args.Data)
	if n > 0 {
		return sdk.Unknown(reason(err)) // of that part nobody knows
	}
	return reason(err)
}

func (c *conn) readLine(env sdk.Env) (line *string, err error) {
	searched := 0
	err = c.inbox.wait(env, func() (bool, error) {
		newline := bytes.IndexByte(c.arrived[searched:], '\n')
		switch {
		case newline >= 0:
			text := string(c.arrived[:searched+newline])
			c.drop(len(text) + 1)
			line = &text
			return true, nil
		case len(c.arrived) > maxLine:
			return true, fmt.Errorf("a line of more than %d bytes; use read(n)", maxLine)
		case errors.Is(c.end, io.EOF) && len(c.arrived) > 0:
			text := string(c.arrived)
			c.drop(len(text))
			line = &text
			return true, nil
		case errors.Is(c.end, io.EOF):
			return true, nil
		}
		searched = len(c.arrived)
		return c.end != nil, c.end
	}, c.fetch)
	return line, err
}

type readArgs struct {
	N int `lab:"n,doc=how many bytes"`
}

func (c *conn) read(env sdk.Env, args readArgs) (data []byte, err error) {
	if args.N < 0 || args.N > maxRead {
		return nil, sdk.Misuse("", fmt.Errorf("n is %d, want 0 to %d", args.N, maxRead))
	}
	err = c.inbox.wait(env, func() (bool, error) {
		if len(c.arrived) < args.N && c.end == nil {
			return false, nil
		}
		if len(c.arrived) < args.N && !errors.Is(c.end, io.EOF) {
			return true, c.end
		}
		data = bytes.Clone(c.arrived[:min(args.N, len(c.arrived))])
		c.drop(len(data))
		return true, nil
	}, c.fetch)
	return data, err
}

// fetch takes what the network has. Only one fetch runs at a time, so the buffer is its own.
func (c *conn) fetch() (arrive func()) {
	if c.buffer == nil {
		c.buffer = make([]byte, chunk)
	}
	n, err := c.stream.Read(c.buffer)
	return func() {
		c.arrived = append(c.arrived, c.buffer[:n]...)
		c.end = reason(err)
	}
}

func (c *conn) drop(n int) {
	left := copy(c.arrived, c.arrived[n:])
	c.arrived = c.arrived[:left]
}

func (c *conn) closeWrite(sdk.Env) error { return reason(c.stream.CloseWrite()) }

func (c *conn) close(sdk.Env) error { return reason(c.stream.Close()) }
