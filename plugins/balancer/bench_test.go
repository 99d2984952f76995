package balancer

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// fixed accepts connections and answers every request of known length with the same bytes, as cheaply as it can.
func fixed(b *testing.B, l *lan, answer string) {
	server, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	l.add("web:80", server.Addr().String())
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				in := http1.NewReader(conn, http1.Limits{})
				var req http1.Request
				for in.ReadRequest(&req) == nil {
					if _, err := io.WriteString(conn, answer); err != nil {
						return
					}
				}
			}()
		}
	}()
}

const (
	benchRequest = "GET /some/path?x=y HTTP/1.1\r\nHost: web:80\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
	benchAnswer  = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 128\r\n\r\n"
)

// trips sends requests on so many connections, each one after the other.
func trips(b *testing.B, where string, connections, size int) {
	var tasks sync.WaitGroup
	for i := range connections {
		conn, err := net.Dial("tcp4", where)
		if err != nil {
			b.Fatal(err)
		}
		share := b.N / connections
		if i < b.N%connections {
			share++
		}
		tasks.Go(func() {
			defer conn.Close()
			in := http1.NewReader(conn, http1.Limits{})
			var resp http1.Response
			for range share {
				if _, err := io.WriteString(conn, benchRequest); err != nil {
					b.Error(err)
					return
				}
				if err := in.ReadResponse(&resp, "GET"); err != nil {
					b.Error(err)
					return
				}
				if n, err := io.Copy(io.Discard, resp.Body); err != nil || int(n) != size {
					b.Errorf("got %d bytes, %v", n, err)
					return
				}
			}
		})
	}
	tasks.Wait()
}

func benchmark(b *testing.B, mode string) {
	body := bytes.Repeat([]byte("x"), 128)
	l := newLAN(b)
	fixed(b, l, benchAnswer+string(body))
	lb := plain("web:80")
	lb.Mode = mode
	_, where := l.run(lb)
	trips(b, where, 32, len(body)) // opens the pool
	b.ReportAllocs()
	b.ResetTimer()
	trips(b, where, 32, len(body))
}

// BenchmarkHTTP is requests over 32 connections, client, balancer and backend in one process; the lan between them
// costs as much as a connection of its own.
func BenchmarkHTTP(b *testing.B) { benchmark(b, "http") }

// BenchmarkTCP is the same in mode tcp.
func BenchmarkTCP(b *testing.B) { benchmark(b, "tcp") }

// BenchmarkBookkeeping is what the balancer itself does for a request, without the exchange: the least that a strategy
// needs, all of it with checks, ejection, budget and limits switched off, and switched on.
func BenchmarkBookkeeping(b *testing.B) {
	b.Run("least", func(b *testing.B) {
		c, r := atWork(b, plain("web1:80", "web2:80"))
		for b.Loop() {
			chosen := c.table.Load().strategy.Pick(r)
			began := c.now()
			chosen.Picked()
			chosen.Owner.(*backend).requests.Add(1)
			took := c.now().Sub(began)
			result := strategy.Result{OK: true, Took: took, Now: c.now(), Status: 200}
			chosen.Finished(result)
			strategy.Done(c.table.Load().strategy, chosen, result)
		}
	})
	off := plain("web1:80", "web2:80")
	off.RetryBudget = 0
	on := plain("web1:80", "web2:80")
	on.EjectFailures, on.EjectDeviations, on.MaxActive, on.RequestTimeout, on.HealthEvery = 5, 1.9, 100, time.Minute, time.Minute
	on.SlowStart, on.Strategy = 10*time.Second, "weighted_round_robin"
	for _, of := range []struct {
		name   string
		config *balancer
	}{{"off", off}, {"on", on}} {
		b.Run(of.name, func(b *testing.B) {
			c, r := atWork(b, of.config)
			for b.Loop() {
				t := c.table.Load()
				p, fail := c.place(r, nil, c.deadline(), nil)
				if fail != nil || p.backend == nil {
					b.Fatal("no backend")
				}
				p.answered(200)
				p.ended = c.now()
				p.done()
				c.ended(t, true)
			}
		})
	}
}

// atWork runs a balancer, and returns its core and a request.
func atWork(b *testing.B, lb *balancer) (*core, *strategy.Request) {
	env, _ := newLAN(b).run(lb)
	b.ReportAllocs()
	return lb.core, &strategy.Request{Client: "client", Rand: env.Rand()}
}
