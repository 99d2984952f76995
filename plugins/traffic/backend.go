package traffic

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/refusals"
)

// backend is the kind http-backend: an HTTP server whose speed, capacity and health a script decides.
type backend struct {
	Port        int     `lab:"port,default=8000,main,doc=TCP port to listen on"`
	ServiceTime any     `lab:"service_time,default=none,live,doc=how long it works on a request: a duration, a draw, or \"request\" (the header X-Work says it). A header Lab-Work has priority"`
	Concurrency int     `lab:"concurrency,default=0,min=0,doc=how many requests it works on at once; others wait in its queue. 0 for any number"`
	FailureRate float64 `lab:"failure_rate,default=0.0,live,min=0.0,max=1.0,doc=probability of an answer with status 500; it takes the same time"`
	Size        int     `lab:"size,default=0,min=0,max=1073741824,doc=bytes of the body; 0 for a line with the node's name"`
	Healthy     bool    `lab:"healthy,default=true,live,doc=True: it answers /health with 200; False: with 503"`
	Abandon     bool    `lab:"abandon,default=true,live,doc=True: it stops the work for a client that has left; False: it finishes the work, as many servers do"`

	capacity capacity
	server   http1.Server
	header   http1.Header
	text     string // of which bodies are made

	mu      sync.Mutex // guards the live parameters above, and what follows
	service service
	count   backendStats
}

const (
	maxUpload = 1 << 30     // bytes of a request's body, which is swallowed
	maxWork   = time.Hour   // that a request may ask for
	nodeField = "X-Backend" // names the backend in its answers
	workField = "X-Work"    // asks for a service time

	// patience is how long a client may take for a request, or wait with its next: longer than any that means well, so
	// that those who do not are gone some day.
	patience = 10 * time.Minute
)

// Run serves until the node stops.
func (b *backend) Run(env sdk.Env) error {
	service, err := serviceOf(b.ServiceTime)
	if err != nil {
		return err
	}
	ln, err := env.Listen(b.Port)
	if err != nil {
		return err
	}
	b.service = service
	b.capacity.places = b.Concurrency
	b.text = "hello from " + env.Node() + "\n"
	b.header = http1.Header{
		{Name: nodeField, Value: env.Node()},
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
	}
	b.server = http1.Server{
		Limits: http1.Limits{Body: maxUpload},
		Now:    env.Now, Idle: patience, Receive: patience, Send: patience,
		Handle: func(req *http1.Request, reply *http1.Reply) error { return b.handle(env, req, reply) },
	}
	refusals := refusals.New(env)
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		env.Go(func() {
			if err := b.server.Serve(conn); err != nil && !errors.Is(err, sdk.ErrStopped) {
				refusals.Tell(refusalOf(err), "client", conn.RemoteAddr(), "error", err)
			}
		})
	}
}

// refusalOf is the class of an error that has ended a client's connection.
func refusalOf(err error) string {
	var refused *http1.Error
	if errors.As(err, &refused) {
		return "request refused: " + refused.Rule
	}
	return "connection ended"
}

// Validate says what is wrong with the service time.
func (b *backend) Validate() error {
	_, err := serviceOf(b.ServiceTime)
	return err
}

// Configure takes over the live parameters. Requests that are being worked on end as they have begun.
func (b *backend) Configure(_ sdk.Env, next sdk.Component) error {
	to := next.(*backend)
	service, err := serviceOf(to.ServiceTime)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ServiceTime, b.FailureRate, b.Healthy, b.Abandon = to.ServiceTime, to.FailureRate, to.Healthy, to.Abandon
	b.service = service
	return nil
}

func (b *backend) handle(env sdk.Env, req *http1.Request, reply *http1.Reply) error {
	if req.Framing != 0 {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return err
		}
	}
	switch {
	case req.Method == "CONNECT": // RFC 9110 15.5.6 wants to know what is allowed
		h := append(b.header.Clone(), http1.Field{Name: "Allow", Value: "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"})
		return reply.Send(&http1.Response{Status: 405, Header: h, Close: true})
	case req.Path() == "/health":
		return b.health(reply)
	}
	todo, err := b.begin(env, req)
	if err != nil {
		b.add(backendStats{Failures: 1})
		return reply.Text(400, b.header, err.Error()+"\n")
	}
	err = b.work(visit{env: env, reply: reply, watched: todo.abandon}, todo.time)
	switch {
	case errors.Is(err, http1.ErrLeft):
		b.add(backendStats{Abandoned: 1})
		return err
	case err != nil:
		return err
	case todo.fails:
		b.add(backendStats{Failures: 1})
		return reply.Text(500, b.header, "failed, as failure_rate asks for\n")
	}
	return reply.Send(b.answer())
}

// work does it, once there is a place. It ends with an error when the client goes before, if that is watched.
func (b *backend) work(v visit, d time.Duration) error {
	if err := b.capacity.enter(v); err != nil {
		return err
	}
	err := v.work(d)
	b.capacity.leave()
	return err
}

func (b *backend) add(more backendStats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count.Failures += more.Failures
	b.count.Abandoned += more.Abandoned
}

// health answers at once: what waits for capacity does not hold it up.
func (b *backend) health(reply *http1.Reply) error {
	b.mu.Lock()
	healthy := b.Healthy
	b.mu.Unlock()
	if !healthy {
		return reply.Text(503, b.header, "unhealthy\n")
	}
	return reply.Text(200, b.header, "ok\n")
}

// begin counts a request and decides its fate. It draws the same number of variates for each, so that to change a
// parameter shifts nobody else's draws.
func (b *backend) begin(env sdk.Env, req *http1.Request) (t todo, err error) {
	random := env.Rand()
	chance, u1, u2 := random.Float64(), random.Float64(), random.Float64()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count.Requests++
	t.time, err = b.service.time(req, u1, u2)
	t.fails, t.abandon = chance < b.FailureRate, b.Abandon
	return t, err
}

// todo is what becomes of a request.
type todo struct {
	time    time.Duration
	fails   bool
	abandon bool // when its client goes
}

func (b *backend) answer() *http1.Response {
	size := b.Size
	if size == 0 {
		size = len(b.text)
	}
	return &http1.Response{
		Status: 200, Header: b.header, Framing: http1.Framing(size), Body: &repeated{text: b.text, left: size},
	}
}

// backendStats is what stats answers.
type backendStats struct {
	Requests  int `lab:"requests,draw,doc=received so far, without those for /health"`
	Active    int `lab:"active,draw,doc=requests that it works on now"`
	Waiting   int `lab:"waiting,draw,doc=in the queue now"`
	Failures  int `lab:"failures,doc=answers with status 500, or with 400 for a wrong Lab-Work or X-Work"`
	Abandoned int `lab:"abandoned,doc=requests whose work stopped because the client left"`
}

func (b *backend) stats(sdk.Env) (backendStats, error) {
	active, waiting := b.capacity.load()
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.count
	s.Active, s.Waiting = active, waiting
	return s, nil
}

// repeated is a body of any length: a text again and again.
type repeated struct {
	text string
	at   int // in text
	left int
}

// Len is how many bytes are left; it also tells the http1.Writer that they are in memory.
func (r *repeated) Len() int { return r.left }

func (r *repeated) Read(p []byte) (n int, err error) {
	p = p[:min(len(p), r.left)]
	for n < len(p) {
		count := copy(p[n:], r.text[r.at:])
		r.at = (r.at + count) % len(r.text)
		n += count
	}
	r.left -= n
	if r.left == 0 {
		err = io.EOF
	}
	return n, err
}
