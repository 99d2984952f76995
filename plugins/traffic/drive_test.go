package traffic

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/plugins/tcpecho"
	"github.com/netlab-dev/netlab/plugins/udpecho"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

const ms = time.Millisecond

// makeLoad lets the client drive and returns the fields of what it has found.
func makeLoad(t testing.TB, b *sdktest.Bench, args ...any) sdk.Fields {
	t.Helper()
	return fieldsOf(t, b.Call("client", "drive", with(args...)))
}

// echoes has a client, a tcp-echo "tcp" and a udp-echo "udp".
func echoes(t testing.TB, p link.Profile) *sdktest.Bench {
	b := sdktest.NewBench(t, sdk.Join("all", Plugin(), tcpecho.Plugin(), udpecho.Plugin()), 1)
	b.Add("client", "client", nil)
	b.Add("tcp", "tcp-echo", nil)
	b.Add("udp", "udp-echo", nil)
	b.Add("sink", "sink", nil)
	b.Network(p)
	return b
}

// wantFields checks some of the fields; a path leads into structs and dicts.
func wantFields(t testing.TB, what string, got sdk.Fields, pairs ...any) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		var value any = got
		for _, name := range strings.Split(pairs[i].(string), ".") {
			value = value.(sdk.Fields).Get(name)
		}
		want := pairs[i+1]
		if n, ok := want.(int); ok {
			want = int64(n)
		}
		if diff := cmp.Diff(want, value); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", what, pairs[i], diff)
		}
	}
}

func TestAnOpenLoopFollowsItsScheduleExactly(t *testing.T) {
	b := world(t, with("service_time", 5*ms))
	d := makeLoad(t, b, "url", "http://web:8000/", "per_second", 100.0, "duration", 2*time.Second)
	wantFields(t, "even", d,
		"requests", 200, "sent", 200, "received", 200, "errors", 0, "duplicates", 0, "bytes", 200*15,
		"by_backend", sdk.Fields(with("web", int64(200))), "by_status", sdk.Fields(with("200", int64(200))),
		"by_error", sdk.Fields(nil),
		// 5 requests come before the first connection is free again, and dial; the others find one.
		"latency.p50", 25*ms, "latency.p99", 45*ms, "latency.max", 45*ms, "latency.mean", 25*ms+5*20*ms/200)
	if end := 1990*ms + 25*ms; b.Now() != end {
		t.Errorf("it took %v, want %v", b.Now(), end)
	}
}

func TestPoissonArrivalsHaveTheRateAndAreDrawnUpFront(t *testing.T) {
	run := func(service time.Duration) (sdk.Fields, []time.Duration) {
		b := world(t, with("service_time", service))
		a := b.Call("client", "drive", with("url", "http://web:8000/", "per_second", 1000.0, "duration", 4*time.Second,
			"arrivals", "poisson"))
		var first []time.Duration
		for i := range 20 { // where the first requests are due shows in what lies between two instants
			part := fieldsOf(t, b.CallObject(a.Value, "between", with("t1", 0*ms, "t2", time.Duration(i)*ms)))
			first = append(first, time.Duration(part.Get("requests").(int64)))
		}
		return fieldsOf(t, a), first
	}
	d, first := run(0)
	if n := d.Get("requests").(int64); n < 3800 || n > 4200 {
		t.Errorf("%d requests in 4s at 1000 per second, want about 4000", n)
	}
	again, second := run(50 * ms)
	if diff := cmp.Diff(first, second); diff != "" || d.Get("requests") != again.Get("requests") {
		t.Errorf("a slower server has changed the arrivals:\n%s", diff)
	}
}

// TestAStallShowsInTheTailOfAnOpenLoop is about coordinated omission: a generator that waits for answers would make one
// request during the stall, and report 1 of 1000 as slow.
func TestAStallShowsInTheTailOfAnOpenLoop(t *testing.T) {
	load := func(args ...any) sdk.Fields {
		b := world(t, with("service_time", 1*ms))
		call := b.Begin("client", "drive", with(append([]any{"url", "http://web:8000/", "duration", 10 * time.Second},
			args...)...))
		b.Run(5 * time.Second)
		b.Pause("web")
		b.Run(time.Second)
		b.Resume("web")
		return fieldsOf(t, b.Await(call))
	}
	open := load("per_second", 100.0)
	wantFields(t, "open", open, "requests", 1000, "errors", 0, "latency.p50", 21*ms)
	for _, test := range []struct {
		quantile string
		at       time.Duration
	}{{"p90", 10 * ms}, {"p99", 900 * ms}, {"p999", 990 * ms}} {
		if got := *quantile(open, test.quantile); got < test.at || got > 1100*ms {
			t.Errorf("open loop: %s is %v, want %v or a little more", test.quantile, got, test.at)
		}
	}
	bounded := load("per_second", 100.0, "clients", int64(3))
	if p99 := *quantile(bounded, "p99"); p99 < 900*ms {
		t.Errorf("with at most 3 under way: p99 is %v, want 900ms or more: waiting for one of them counts", p99)
	}
	wantFields(t, "bounded", bounded, "requests", 1000, "errors", 0)
	closed := load("clients", int64(1))
	if p99 := *quantile(closed, "p99"); p99 != 21*ms {
		t.Errorf("closed loop: p99 is %v, want 21ms: only one request meets the stall", p99)
	}
}

func quantile(d sdk.Fields, name string) *time.Duration {
	value, ok := d.Get("latency").(sdk.Fields).Get(name).(time.Duration)
	if !ok {
		return nil
	}
	return &value
}

func TestAClosedLoopKeepsItsClientsBusy(t *testing.T) {
	b := world(t, with("service_time", 30*ms))
	d := makeLoad(t, b, "url", "http://web:8000/", "clients", int64(4), "requests", int64(41))
	wantFields(t, "by number", d, "requests", 41, "received", 41, "latency.p50", 50*ms, "latency.max", 70*ms)
	if want := 570 * ms; b.Now() != want { // 11 requests of one client, and a handshake
		t.Errorf("41 requests by 4 clients took %v, want %v", b.Now(), want)
	}
	d = makeLoad(t, b, "url", "http://web:8000/", "clients", int64(2), "duration", time.Second)
	wantFields(t, "by duration", d, "requests", 40, "received", 40)
}

func TestBetweenIsThePartThatWasDueThen(t *testing.T) {
	b := world(t, nil)
	b.Run(3 * time.Second)
	call := b.Begin("client", "drive", with("url", "http://web:8000/", "per_second", 10.0, "duration", 4*time.Second,
		"within", 500*ms))
	b.Run(time.Second)
	b.Cut("client", "web")
	b.Run(time.Second)
	b.Heal("client", "web")
	a := b.Await(call)
	const began = 3 * time.Second
	part := func(from, to time.Duration) sdk.Fields {
		t.Helper()
		return fieldsOf(t, b.CallObject(a.Value, "between", with("t1", began+from, "t2", began+to)))
	}
	wantFields(t, "before the cut", part(0, time.Second), "requests", 10, "received", 10, "errors", 0)
	if cut := part(time.Second, 2*time.Second); cut.Get("requests") != int64(10) || cut.Get("errors").(int64) < 5 {
		t.Errorf("in the cut: got %v, want 10 requests, and errors", cut)
	}
	wantFields(t, "after it", part(3*time.Second, 4*time.Second), "requests", 10, "received", 10, "errors", 0)
	wantFields(t, "nothing", part(5*time.Second, 6*time.Second), "requests", 0, "latency.p99", nil, "latency.mean", nil)
	want(t, "the wrong way round", b.CallObject(a.Value, "between", with("t1", 2*time.Second, "t2", time.Second)),
		misuse("t1 is 2s, want at most t2, 1s"))
}

func TestWhatTheServerSaysIsCountedByStatusAndError(t *testing.T) {
	b := world(t, with("failure_rate", 1.0))
	d := makeLoad(t, b, "url", "http://web:8000/", "clients", int64(1), "requests", int64(3))
	wantFields(t, "500", d, "requests", 3, "received", 3, "errors", 3,
		"by_status", sdk.Fields(with("500", int64(3))), "by_error", sdk.Fields(with("status 500", int64(3))))
	d = makeLoad(t, b, "url", "http://web:81/", "clients", int64(2), "duration", 300*ms)
	wantFields(t, "refused", d, "requests", 20, "sent", 0, "received", 0, "errors", 20,
		"by_error", sdk.Fields(with("connection refused", int64(20))), "latency.p50", 20*ms, "latency.max", 20*ms,
		"latency_ok.p50", nil, "latency_ok.max", nil)
	b.Cut("client", "web")
	d = makeLoad(t, b, "url", "http://web:8000/", "per_second", 10.0, "requests", int64(5), "within", 100*ms)
	wantFields(t, "cut", d, "requests", 5, "errors", 5, "by_error", sdk.Fields(with("timed out", int64(5))))
}

func TestAKeptConnectionThatTheServerHasClosedIsNoError(t *testing.T) {
	b := world(t, nil)
	call := b.Begin("client", "drive", with("url", "http://web:8000/", "per_second", 1.0, "requests", int64(4)))
	b.Run(1500 * ms)
	b.Crash("web")
	b.Restart("web")
	wantFields(t, "GET", fieldsOf(t, b.Await(call)), "requests", 4, "received", 4, "errors", 0)
}

func TestRequestsCarryABodyAndHeaders(t *testing.T) {
	b := world(t, with("service_time", "request"))
	b.Network(link.Profile{Latency: link.NewFixed(10 * ms), Rate: 8 * link.Mbit})
	d := makeLoad(t, b, "url", "http://web:8000/", "clients", int64(1), "requests", int64(3), "size", int64(100_000),
		"headers", with("X-Work", "1s"))
	wantFields(t, "POST", d, "received", 3, "errors", 0)
	if p50 := *quantile(d, "p50"); p50 < 1120*ms || p50 > 1130*ms {
		t.Errorf("100 kB at 1 MB/s, then 1s of work: took %v, want a little more than 1.12s", p50)
	}
}

func TestDatagramsTellLossCopiesOrderAndDamage(t *testing.T) {
	load := func(p link.Profile, args ...any) sdk.Fields {
		b := echoes(t, p)
		all := []any{"url", "udp://udp:8081", "per_second", 1000.0, "requests", int64(1000)}
		return makeLoad(t, b, append(all, args...)...)
	}
	latency := link.NewFixed(10 * ms)
	wantFields(t, "ideal", load(link.Profile{Latency: latency}), "requests", 1000, "sent", 1000, "received", 1000,
		"duplicates", 0, "reordered", 0, "corrupted", 0, "errors", 0, "bytes", 64*1000,
		"latency.p50", 20*ms, "latency.max", 20*ms)

	d := load(link.Profile{Latency: latency, Loss: 0.1}, "within", time.Second)
	lost := d.Get("sent").(int64) - d.Get("received").(int64)
	if lost < 140 || lost > 240 { // 10 % on each of two ways
		t.Errorf("%d of 1000 were lost, want about 190", lost)
	}
	wantFields(t, "loss", d, "sent", 1000, "errors", int(lost), "by_error", sdk.Fields(with("timed out", lost)))

	// Both copies of a request are echoed, and each echo is doubled.
	wantFields(t, "copies", load(link.Profile{Latency: latency, Duplicate: 1}), "received", 1000, "duplicates", 3000)

	if got := load(link.Profile{Latency: latency, Reorder: 0.1}).Get("reordered").(int64); got < 100 {
		t.Errorf("%d of 1000 were reordered, want some", got)
	}
	d = load(link.Profile{Latency: latency, Corrupt: 0.1}, "within", time.Second)
	corrupted := d.Get("corrupted").(int64)
	if corrupted < 120 || corrupted > 240 { // a bit of the echo's prefix may be what is hit
		t.Errorf("%d were corrupted, want about 180", corrupted)
	}
	wantFields(t, "damage", d, "errors", int(corrupted))
}

func TestDatagramsMayBeAskedInAClosedLoop(t *testing.T) {
	b := echoes(t, link.Profile{Latency: link.NewFixed(10 * ms)})
	d := makeLoad(t, b, "url", "udp://udp:8081", "clients", int64(3), "duration", time.Second)
	wantFields(t, "udp", d, "requests", 150, "received", 150, "reordered", 0, "latency.max", 20*ms)
}

func TestLinesAreEchoedOverTCP(t *testing.T) {
	b := echoes(t, link.Profile{Latency: link.NewFixed(10 * ms)})
	for size, slowest := range map[int64]time.Duration{
		minFrame: 40 * ms, 64: 40 * ms, maxEcho: 80 * ms, // the dial, and for the largest the rounds of slow start
	} {
		d := makeLoad(t, b, "url", "tcp://tcp:8080", "clients", int64(2), "requests", int64(40), "size", size)
		wantFields(t, "tcp", d, "received", 40, "errors", 0, "corrupted", 0, "bytes", int(40*size), "latency.p50", 20*ms,
			"latency.max", slowest)
	}
}

func TestAServerThatDoesNotEchoIsFound(t *testing.T) {
	for reply, wanted := range map[string]string{
		"hello\n": "corrupted", "": "connection ended before an answer",
		strings.Repeat("x", 10_000): "the answer is not a line that ends in the request",
	} {
		b := newBench(t)
		serve(t, b, func(_ sdk.Env, conn sdk.Conn) {
			_, _ = conn.Read(make([]byte, 1000))
			_, _ = conn.Write([]byte(reply))
			_ = conn.Close()
		})
		d := makeLoad(t, b, "url", "tcp://server:80", "clients", int64(1), "requests", int64(2))
		wantFields(t, reply, d, "errors", 2, "sent", 2, "received", 0, "by_error", sdk.Fields(with(wanted, int64(2))))
	}
}

func TestASinkIsFilledWithoutAnswers(t *testing.T) {
	b := echoes(t, link.Profile{Latency: link.NewFixed(10 * ms), Rate: 8 * link.Mbit, Queue: 64 << 10})
	d := makeLoad(t, b, "url", "tcp://sink:9000", "clients", int64(1), "duration", 5*time.Second, "reply", false)
	sent := d.Get("bytes").(int64)
	if sent < 4_900_000 || sent > 5_300_000 {
		t.Errorf("%d bytes in 5s over 8mbit, want 5 MB and what lies in the send buffer", sent)
	}
	wantFields(t, "bulk", d, "errors", 0, "received", 0, "latency.p50", nil)
	b.Run(time.Second)
	if got := stats(t, b, "sink"); got["bytes"] != sent || got["connections"] != int64(1) {
		t.Errorf("the sink has %v, want %d bytes on one connection", got, sent)
	}
	d = makeLoad(t, b, "url", "udp://sink:9000", "per_second", 100.0, "requests", int64(50), "reply", false)
	wantFields(t, "datagrams", d, "sent", 50, "received", 0, "errors", 0, "bytes", 50*64)
	b.Run(time.Second)
	if got := stats(t, b, "sink"); got["datagrams"] != int64(50) {
		t.Errorf("the sink has %v, want 50 datagrams", got)
	}
}

func TestBulkBesideAPingShowsTheQueueOfTheLink(t *testing.T) {
	b := sdktest.NewBench(t, Plugin(), 1)
	b.Add("client", "client", nil)
	b.Add("web", "http-backend", nil)
	b.Network(link.Profile{Latency: link.NewFixed(10 * ms), Rate: 8 * link.Mbit, Queue: 256 << 10})
	ping := func() time.Duration {
		d := makeLoad(t, b, "url", "http://web:8000/", "per_second", 10.0, "duration", 2*time.Second)
		return *quantile(d, "p50")
	}
	if idle := ping(); idle > 25*ms {
		t.Errorf("on an idle link p50 is %v, want about 20ms", idle)
	}
	bulk := b.Begin("client", "drive", with("url", "http://web:8000/", "clients", int64(4), "duration", 10*time.Second,
		"size", int64(256<<10)))
	b.Run(2 * time.Second)
	if busy := ping(); busy < 200*ms {
		t.Errorf("beside bulk p50 is %v, want 200ms or more: 256 KiB wait before it at 1 MB/s", busy)
	}
	wantFields(t, "bulk", fieldsOf(t, b.Await(bulk)), "errors", 0)
}

func TestTheSameSeedIsTheSameDrive(t *testing.T) {
	digest := func() uint64 {
		b := world(t, with("service_time", link.NewExponential(5*ms), "concurrency", int64(2), "failure_rate", 0.1))
		b.Network(link.Profile{Latency: link.NewFixed(5 * ms), Jitter: link.NewNormal(0, ms), Loss: 0.01})
		makeLoad(t, b, "url", "http://web:8000/", "per_second", 300.0, "duration", 3*time.Second, "arrivals", "poisson")
		return b.Close()
	}
	if one, two := digest(), digest(); one != two {
		t.Errorf("digests %x and %x", one, two)
	}
}

// A server whose connections go bad half a second after their first answer: a drive must not take the bytes for an
// answer, nor lose a POST to a connection that has ended.
func TestAKeptConnectionOnWhichSomethingHasComeIsNotUsedAgain(t *testing.T) {
	for name, spoil := range map[string]func(sdk.Conn){
		"a response too many": func(c sdk.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n") },
		"the end":             func(c sdk.Conn) { _ = c.Close() },
		"a reset":             func(c sdk.Conn) { _ = c.Reset() },
	} {
		b := world(t, nil)
		serveOn(t, b, "bad", func(env sdk.Env, conn sdk.Conn) {
			server := http1.Server{Handle: func(_ *http1.Request, reply *http1.Reply) error {
				env.AfterFunc(time.Second/2, func() { spoil(conn) })
				return reply.Text(200, nil, "ok")
			}}
			_ = server.Serve(conn)
		})
		d := makeLoad(t, b, "url", "http://bad:80/", "per_second", 1.0, "requests", int64(5), "size", int64(10))
		wantFields(t, name, d, "requests", 5, "received", 5, "errors", 0)
	}
}
