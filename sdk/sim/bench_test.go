package sim_test

import (
	"io"
	"strconv"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
)

// cluster is a world with nodes n1..nN, all running the component.
func cluster(b *testing.B, cfg sim.Config, count int, run func(sdk.Env) error) *sim.World {
	w := sim.New(cfg)
	peers := make([]string, count)
	for i := range peers {
		peers[i] = "n" + strconv.Itoa(i+1)
	}
	for _, name := range peers {
		if n, err := w.Add(name, peers); err != nil || n.Start(run) != nil {
			b.Fatal(err)
		}
	}
	return w
}

func report(b *testing.B, w *sim.World) {
	b.StopTimer()
	if f := w.Failures(); len(f) > 0 {
		b.Fatalf("%+v", f[0])
	}
	w.Close()
	b.ReportMetric(float64(w.Steps())/b.Elapsed().Seconds(), "steps/s")
	b.ReportMetric(w.Now().Seconds()/b.Elapsed().Seconds(), "virtual-s/s")
}

// gossip sends every peer a datagram, and answers each with another one; receives have a deadline, as in Raft.
func gossip(e sdk.Env) error {
	s, err := e.ListenPacket(1)
	if err != nil {
		return err
	}
	b := make([]byte, 64)
	for _, peer := range e.Peers() {
		if peer == e.Node() {
			continue
		}
		if _, err := s.WriteTo(b, value.MakeAddr(peer, 1)); err != nil {
			return err
		}
	}
	for {
		if err := s.SetReadDeadline(e.Now().Add(100 * time.Millisecond)); err != nil {
			return err
		}
		n, from, err := s.ReadFrom(b)
		if err != nil {
			return err
		}
		if _, err := s.WriteTo(b[:n], from); err != nil {
			return err
		}
	}
}

func BenchmarkDatagramsOfFiveNodesWithJitter(b *testing.B) {
	b.ReportAllocs()
	w := cluster(b, sim.Config{Seed: 1}, 5, gossip)
	w.SetDefault(link.Profile{
		Latency: link.NewFixed(time.Millisecond), Jitter: link.NewUniform(0, time.Millisecond),
	})
	b.ResetTimer()
	for range b.N {
		w.Run(w.Now()+100*time.Microsecond, nil)
	}
	report(b, w)
}

func BenchmarkEchoOverTCPOfAHundredClients(b *testing.B) {
	b.ReportAllocs()
	serve := func(e sdk.Env) error {
		ln, err := e.Listen(7)
		for err == nil {
			var c sdk.Conn
			if c, err = ln.Accept(); err == nil {
				e.Go(func() { io.Copy(c, c) })
			}
		}
		return err
	}
	ask := func(e sdk.Env) error {
		for range 100 {
			e.Go(func() {
				c, err := e.Dial("n1:7")
				for b := make([]byte, 128); err == nil; {
					if _, err = c.Write(b); err == nil {
						_, err = io.ReadFull(c, b)
					}
				}
			})
		}
		return nil
	}
	w := cluster(b, sim.Config{Seed: 1}, 2, func(e sdk.Env) error {
		if e.Node() == "n1" {
			return serve(e)
		}
		return ask(e)
	})
	w.SetDefault(link.Profile{Latency: link.NewFixed(time.Millisecond)})
	w.Run(time.Second, nil)
	b.ResetTimer()
	for range b.N {
		w.Run(w.Now()+100*time.Microsecond, nil)
	}
	report(b, w)
}

func BenchmarkBytesOverTCP(b *testing.B) {
	const piece = 64 << 10
	b.SetBytes(piece)
	b.ReportAllocs()
	received := 0
	w := cluster(b, sim.Config{Seed: 1}, 2, func(e sdk.Env) error {
		if e.Node() == "n1" {
			ln, err := e.Listen(7)
			if err != nil {
				return err
			}
			c, err := ln.Accept()
			for in := make([]byte, piece); err == nil; {
				var n int
				n, err = c.Read(in)
				received += n
			}
			return err
		}
		c, err := e.Dial("n1:7")
		for out := make([]byte, piece); err == nil; {
			_, err = c.Write(out)
		}
		return err
	})
	w.SetDefault(link.Profile{Latency: link.NewFixed(time.Millisecond)})
	b.ResetTimer()
	w.Run(1000*time.Hour, func() bool { return received >= b.N*piece })
	report(b, w)
}

func BenchmarkAThousandNodesWithTimersForOneHour(b *testing.B) {
	for range b.N {
		w := cluster(b, sim.Config{Seed: 1}, 1000, func(e sdk.Env) error {
			for {
				if err := e.Sleep(time.Second); err != nil {
					return err
				}
			}
		})
		w.Run(time.Hour, nil)
		w.Close()
	}
}

func BenchmarkOpenRunAndCloseAWorldOfFiveNodes(b *testing.B) {
	b.ReportAllocs()
	for i := range b.N {
		w := cluster(b, sim.Config{Seed: uint64(i), Hung: func(string, string) {}}, 5, gossip)
		w.SetDefault(link.Profile{Latency: link.NewFixed(time.Millisecond)})
		w.Run(10*time.Millisecond, nil)
		if f := w.Failures(); len(f) > 0 {
			b.Fatalf("%+v", f[0])
		}
		w.Close()
	}
}
