package relay

import (
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// Each benchmark has a "direct" form without the network between the two ends, to be compared within one run: all
// figures depend on the machine.

// routes are the ways that the benchmarks go.
var routes = []struct {
	name    string
	direct  bool
	profile link.Profile
}{
	{"direct", true, link.Profile{}},
	{"ideal", false, link.Profile{}},
	{"1ms", false, link.Profile{Latency: link.NewFixed(ms)}},
	{"10ms", false, link.Profile{Latency: link.NewFixed(10 * ms)}},
}

// open returns the two ends of one more connection.
func (w *world) open(b *testing.B, l *net.TCPListener, direct bool) (client, server *net.TCPConn) {
	b.Helper()
	if !direct {
		client, server = w.connect(l, 80)
	} else {
		c, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		if server, err = l.AcceptTCP(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Close(); server.Close() })
		client = c.(*net.TCPConn)
	}
	if err := errors.Join(client.SetDeadline(time.Time{}), server.SetDeadline(time.Time{})); err != nil {
		b.Fatal(err)
	}
	return client, server
}

func BenchmarkBulk(b *testing.B) {
	for _, r := range routes {
		b.Run(r.name, func(b *testing.B) {
			w := newWorld(b)
			w.both(r.profile)
			client, server := w.open(b, w.listen(80), r.direct)
			block := make([]byte, 128<<10)
			b.SetBytes(int64(len(block)))
			b.ResetTimer()
			go func() {
				for range b.N {
					if _, err := client.Write(block); err != nil {
						b.Error(err)
						return
					}
				}
			}()
			if _, err := io.CopyN(io.Discard, struct{ io.Reader }{server}, int64(b.N*len(block))); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkRoundTrip plays ping-pong on some connections at once. "over" is what a round trip takes beyond the latency
// of its links.
func BenchmarkRoundTrip(b *testing.B) {
	for _, r := range routes {
		for _, conns := range []int{1, 64} {
			b.Run(r.name+"/"+strconv.Itoa(conns), func(b *testing.B) {
				w := newWorld(b)
				w.both(r.profile)
				l := w.listen(80)
				var clients []*net.TCPConn
				for range conns {
					client, server := w.open(b, l, r.direct)
					clients = append(clients, client)
					go echo(server)
				}
				took := make([]time.Duration, b.N)
				var next atomic.Int64
				var players sync.WaitGroup
				b.ResetTimer()
				for _, client := range clients {
					players.Go(func() { play(b, client, took, &next) })
				}
				players.Wait()
				b.StopTimer()
				slices.Sort(took)
				over := func(at int) float64 {
					return float64(took[at]-2*r.profile.Latency.Mean()) / float64(time.Microsecond)
				}
				b.ReportMetric(over(b.N/2), "p50-over-us")
				b.ReportMetric(over(b.N*99/100), "p99-over-us")
			})
		}
	}
}

func play(b *testing.B, client io.ReadWriter, took []time.Duration, next *atomic.Int64) {
	message := make([]byte, 64)
	for {
		i := int(next.Add(1)) - 1
		if i >= len(took) {
			return
		}
		start := time.Now()
		if _, err := client.Write(message); err != nil {
			b.Error(err)
			return
		}
		if _, err := io.ReadFull(client, message); err != nil {
			b.Error(err)
			return
		}
		took[i] = time.Since(start)
	}
}

func echo(c *net.TCPConn) {
	b := make([]byte, 64<<10)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if _, err := c.Write(b[:n]); err != nil {
			return
		}
	}
}

func BenchmarkDial(b *testing.B) {
	for _, direct := range []bool{true, false} {
		name := map[bool]string{true: "direct", false: "ideal"}[direct]
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			l := w.listen(80)
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					c.Close()
				}
			}()
			address := w.Socks()
			if direct {
				address = l.Addr().String()
			}
			// All at once, as a node of ours asks; then the answers, all at once.
			request := []byte(w.hello("a") + "\x05\x01\x00\x03\x01b\x00\x50")
			answer := make([]byte, 14)
			for range b.N {
				c, err := net.Dial("tcp4", address)
				if err != nil {
					b.Fatal(err)
				}
				if !direct {
					say(b, c, string(request))
					if _, err := io.ReadFull(c, answer); err != nil || answer[5] != replyConnected {
						b.Fatalf("answered % x (%v)", answer, err)
					}
				}
				if err := errors.Join(c.(*net.TCPConn).SetLinger(0), c.Close()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDatagrams floods a port; what counts is how many arrive.
func BenchmarkDatagrams(b *testing.B) {
	for _, r := range append(routes, struct {
		name    string
		direct  bool
		profile link.Profile
	}{"10ms+-3ms", false, link.Profile{Latency: link.NewFixed(10 * ms), Jitter: link.NewFixed(3 * ms), Loss: 0.01}}) {
		b.Run(r.name, func(b *testing.B) {
			w := newWorld(b)
			w.both(r.profile)
			from, to := w.socket("a"), w.socket("b")
			target := facing(local(to))
			if r.direct {
				target = local(to)
			}
			var arrived atomic.Int64
			var reader sync.WaitGroup
			reader.Go(func() {
				buffer := make([]byte, 2048)
				for {
					if _, _, err := to.ReadFromUDPAddrPort(buffer); err != nil {
						return
					}
					arrived.Add(1)
				}
			})
			payload := make([]byte, 64)
			b.ResetTimer()
			for range b.N {
				if _, err := from.WriteToUDPAddrPort(payload, target); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(arrived.Load())/b.Elapsed().Seconds(), "arrived/s")
			to.Close()
			reader.Wait()
		})
	}
}
