package balancer

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

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
