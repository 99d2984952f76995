package traffic

import (
	"strconv"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// requester carries requests to the server, one at a time. It connects when it has to, and keeps what can be kept for the
// next request. One task at a time uses it.
type requester interface {
	// ask sends request n and waits for its answer until the deadline.
	ask(env sdk.Env, n int, deadline time.Time) answer
	close()
}

// answer is how one request has ended.
type answer struct {
	at       time.Duration // when it came, since the drive began; 0 for just now
	err      error         // why there is none, or why it is no good
	sent     bool
	received bool
	status   int // over HTTP
	backend  string
	bytes    int
}

// outcome sorts the answer: there are few outcomes, however many answers.
func (a answer) outcome() outcome {
	switch {
	case a.err != nil:
		text := reason(a.err).Error()
		return outcome{failure: strings.ToValidUTF8(text[:min(len(text), maxName)], "")}
	case a.status >= 400:
		return outcome{status: a.status, failure: "status " + strconv.Itoa(a.status)}
	}
	return outcome{status: a.status}
}

// stream is the connection that a requester over TCP keeps.
type stream struct {
	addr sdk.Addr
	conn sdk.Conn // nil while there is none
}

// connect makes sure that there is a connection, with that deadline.
func (s *stream) connect(env sdk.Env, deadline time.Time) (fresh bool, err error) {
	if s.conn == nil {
		left := sdk.Left(env, deadline) // which may be more than a dial usually takes: it is the patience of a user
		if s.conn, err = env.DialTimeout(string(s.addr), left); err != nil {
			s.conn = nil
			return false, err
		}
		fresh = true
	}
	return fresh, s.conn.SetDeadline(deadline)
}

func (s *stream) close() {
	if s.conn != nil {
		_ = s.conn.Close() // it is given up either way
		s.conn = nil
	}
}
