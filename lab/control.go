package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// control is where a lab that is kept up takes commands from other programs of its user: a unix socket in a folder that
// nobody else may enter, and beside it a file that says which lab this is. One connection carries one request and its
// answer, each one line of JSON; until the answer is there, a line every second says that it is being worked on.
type control struct {
	path     string
	listener net.Listener
	serving  sync.WaitGroup

	mu      sync.Mutex
	closed  bool                  // no client is let in any more
	clients map[net.Conn]struct{} // connected now
}

// doer carries out a command that the process with that number has given; 0 is one that is not known.
type doer func(words []string, by int) (string, error)

type request struct {
	Words []string `json:"words"`
}

type reply struct {
	Working bool   `json:"working,omitempty"` // there is no answer yet
	Text    string `json:"text,omitempty"`
	Error   string `json:"error,omitempty"`
	Hint    string `json:"hint,omitempty"`
	Unmet   bool   `json:"unmet,omitempty"` // the command was right, and did not succeed
}

const (
	maxRequest = 64 << 10        // bytes
	maxClients = 32              // connections at the same time
	askLimit   = 5 * time.Second // for the request to come, and for the answer to be taken
	lastLimit  = time.Second     // for the answer to be taken once the lab is ending
	beat       = time.Second     // between two lines that say that a command is being worked on
)

func listenControl(which identity, do doer) (*control, error) {
	folder, err := makeControls()
	if err != nil {
		return nil, err
	}
	defer folder.close()
	folder.removeDead()
	path := folder.socket(os.Getpid())
	if err := which.write(path); err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		_ = os.Remove(identityOf(path))
		return nil, err
	}
	c := &control{path: path, listener: listener, clients: map[net.Conn]struct{}{}}
	c.serving.Go(bug.Guarded(func() { c.accept(do) }))
	return c, nil
}

func (c *control) accept(do doer) {
	room := make(chan struct{}, maxClients)
	for {
		conn, err := c.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of descriptors: the listener stays
			continue
		}
		room <- struct{}{}
		c.enter(conn, func() {
			c.serve(conn, do)
			c.leave(conn)
			<-room
		})
	}
}

// enter lets a client in, with the time that it has for its request, and serves it beside the others. Once the service
// is closed there is nobody to let in: close has seen all who are.
func (c *control) enter(conn net.Conn, serve func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Now().Add(askLimit)) // a socket that cannot have one fails at the read
	c.clients[conn] = struct{}{}
	c.serving.Go(bug.Guarded(serve))
}

func (c *control) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.clients, conn)
	_ = conn.Close()
}

func (c *control) serve(conn net.Conn, do doer) {
	var ask request
	if err := json.NewDecoder(io.LimitReader(conn, maxRequest)).Decode(&ask); err != nil {
		c.answer(conn, reply{Error: fmt.Sprintf("want one line of JSON of at most %d bytes: %v", maxRequest, err)})
		return
	}
	answers := make(chan reply, 1)
	by := peerOf(conn)
	c.serving.Go(bug.Guarded(func() { // a client that goes away is not waited for, its command is
		defer close(answers)
		if r, ended := carryOut(do, ask.Words, by); !ended {
			answers <- r
		}
	}))
	working := time.NewTicker(beat)
	defer working.Stop()
	for {
		select {
		case r, answered := <-answers:
			if answered { // else the run has ended: without an answer, Do says so
				c.answer(conn, r)
			}
			return
		case <-working.C:
			if c.answer(conn, reply{Working: true}) != nil {
				return
			}
		}
	}
}

func carryOut(do doer, words []string, by int) (r reply, ended bool) {
	text, err := do(words, by)
	r.Text = text
	var mistake *trouble.Error
	var unmet *script.Unmet
	switch {
	case errors.Is(err, context.Canceled):
		return r, true
	case errors.As(err, &unmet):
		r.Error, r.Hint, r.Unmet = unmet.Msg, unmet.Hint, true
	case errors.As(err, &mistake):
		r.Error, r.Hint = mistake.Text, mistake.Hint
	case err != nil:
		r.Error = err.Error()
	}
	return r, false
}

// answer does not wait for who asks and does not read: the service could not end.
func (c *control) answer(conn net.Conn, r reply) error {
	c.mu.Lock()
	limit := askLimit
	if c.closed {
		limit = lastLimit
	}
	_ = conn.SetWriteDeadline(time.Now().Add(limit))
	c.mu.Unlock()
	return json.NewEncoder(conn).Encode(r) // an error: who has asked is gone
}

// close ends the service once the commands under way are answered; the run has ended by then. Who has asked nothing yet
// is not waited for, and who does not take its answer only for a moment.
func (c *control) close() {
	c.vanish()
	c.mu.Lock()
	c.closed = true
	now := time.Now()
	for conn := range c.clients {
		_ = conn.SetReadDeadline(now)
		_ = conn.SetWriteDeadline(now.Add(lastLimit))
	}
	c.mu.Unlock()
	c.serving.Wait()
}

// vanish takes away what others find the lab by, and the folder with the last lab.
func (c *control) vanish() {
	if folder, err := openControls(); err == nil {
		defer folder.close()
	}
	_ = os.Remove(identityOf(c.path))
	_ = c.listener.Close() // which removes the socket
}
