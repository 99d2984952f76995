package balancer

import (
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// ahead buffers what a TCP client sends before it has a backend.
type ahead struct {
	conn sdk.Conn
	data []byte
}

// look returns http1.ErrLeft when the client has left. One that has ended its direction counts as gone, as with
// HAProxy's abortonclose: without a byte to send it cannot be told from one that has closed.
func (a *ahead) look() (soon bool, err error) {
	if a.conn.Idle() || len(a.data) == copyBytes {
		return false, nil
	}
	if a.data == nil {
		a.data = make([]byte, 0, copyBytes)
	}
	n, err := a.conn.Read(a.data[len(a.data):cap(a.data)])
	a.data = a.data[:len(a.data)+n]
	if err != nil {
		return false, http1.ErrLeft
	}
	return true, nil
}

// passOn gives it to the backend.
func (a *ahead) passOn(u *upstream) error {
	if len(a.data) == 0 {
		return nil
	}
	_, err := u.Write(a.data) // within the idle time
	u.free()
	return err
}
