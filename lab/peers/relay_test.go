//go:build linux

package peers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// latency is the delay of the far link.
const latency = 10 * time.Millisecond

const (
	mib         = 1 << 20
	bulkWarmUp  = 32  // MiB
	bulkSize    = 256 // MiB
	messageSize = 64  // bytes
	tripsAlone  = 2000
	tripsOf64   = 250 // on each connection
	tripsFar    = 30  // on each connection
)

func BenchmarkRelay(b *testing.B) {
	_, sink := start(b, build(b, "./sink"))
	ours, peer := startOurs(b, sink), startToxiproxy(b, sink)
	b.Run("bulk", func(b *testing.B) {
		compare(b, ours, peer, "MiB", func(r *relay) (work, error) { return r.bulk() })
	})
	for _, c := range []struct{ connections, trips int }{{1, tripsAlone}, {64, tripsOf64}} {
		b.Run(fmt.Sprintf("trips/connections=%d", c.connections), func(b *testing.B) {
			compare(b, ours, peer, "trip", func(r *relay) (work, error) {
				_, w, err := r.trips(r.near, c.connections, c.trips, 0)
				return w, err
			})
		})
	}
	for _, connections := range []int{1, 64} {
		b.Run(fmt.Sprintf("latency/connections=%d", connections), func(b *testing.B) {
			compareLatency(b, ours, peer, connections)
		})
	}
}

// work is what was done in which time, and what it has cost the relay.
type work struct {
	amount    float64
	wall, cpu time.Duration
}

func (w work) rate() float64 { return w.amount / w.wall.Seconds() }
func (w work) cost() float64 { return float64(w.cpu.Nanoseconds()) / w.amount }

func compare(b *testing.B, ours, peer *relay, unit string, do func(*relay) (work, error)) {
	side := func(r *relay) func() work {
		return func() work {
			w, err := do(r)
			if err != nil {
				b.Fatal(err)
			}
			return w
		}
	}
	done := rounds(b, side(ours), side(peer))
	report(b, done, unit+"/s", func(w []work) float64 { return w[0].rate() })
	report(b, done, "peer-"+unit+"/s", func(w []work) float64 { return w[1].rate() })
	report(b, done, "x-peer", func(w []work) float64 { return w[0].rate() / w[1].rate() })
	report(b, done, "cpu-ns/"+unit, func(w []work) float64 { return w[0].cost() })
	report(b, done, "peer-cpu-ns/"+unit, func(w []work) float64 { return w[1].cost() })
	report(b, done, "cpu-x-peer", func(w []work) float64 { return w[1].cost() / w[0].cost() })
}

// lateness is by how many microseconds a delayed trip takes longer than it should, compared with an undelayed one.
type lateness struct {
	beyondAlone float64 // on one connection, trip after trip
	beyondAlike float64 // on as many connections, as seldom
}

func compareLatency(b *testing.B, ours, peer *relay, connections int) {
	side := func(r *relay) func() lateness {
		return func() lateness {
			late, err := r.lateness(connections)
			if err != nil {
				b.Fatal(err)
			}
			return late
		}
	}
	late := rounds(b, side(ours), side(peer))
	report(b, late, "beyond-us", func(l []lateness) float64 { return l[0].beyondAlone })
	report(b, late, "peer-beyond-us", func(l []lateness) float64 { return l[1].beyondAlone })
	report(b, late, "x-peer", func(l []lateness) float64 { return l[1].beyondAlone / l[0].beyondAlone })
	report(b, late, "alike-us", func(l []lateness) float64 { return l[0].beyondAlike })
	report(b, late, "peer-alike-us", func(l []lateness) float64 { return l[1].beyondAlike })
}

func (r *relay) lateness(connections int) (lateness, error) {
	alone, _, err := r.trips(r.near, 1, tripsAlone/4, 0)
	if err != nil {
		return lateness{}, err
	}
	alike, _, err := r.trips(r.near, connections, tripsFar, latency)
	if err != nil {
		return lateness{}, err
	}
	far, _, err := r.trips(r.far, connections, tripsFar, 0)
	if err != nil {
		return lateness{}, err
	}
	late := median(far) - float64(latency.Microseconds())
	if late < 0 {
		return lateness{}, fmt.Errorf("half of the trips over the far link took less than %v", latency)
	}
	return lateness{late - median(alone), late - median(alike)}, nil
}

// during measures what the relay does while f runs.
func (r *relay) during(amount float64, f func() error) (work, error) {
	before, err := r.processor()
	if err != nil {
		return work{}, fmt.Errorf("processor time of the relay: %w", err)
	}
	began := time.Now()
	err = f()
	wall := time.Since(began)
	after, err2 := r.processor()
	return work{amount, wall, after - before}, errors.Join(err, err2)
}

// connect dials and tells the sink what the connection is for.
func connect(dial func() (net.Conn, error), purpose byte) (net.Conn, error) {
	c, err := dial()
	if err != nil {
		return nil, err
	}
	if _, err := c.Write([]byte{purpose}); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// bulk sends on one connection until the sink has got everything.
func (r *relay) bulk() (work, error) {
	c, err := connect(r.near, 'b')
	if err != nil {
		return work{}, err
	}
	defer c.Close()
	if err := send(c, bulkWarmUp); err != nil {
		return work{}, err
	}
	return r.during(bulkSize, func() error { return send(c, bulkSize) })
}

// send sends so many MiB and waits until the sink has acknowledged them all.
func send(c net.Conn, amount int) error {
	failed := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(c, make([]byte, amount))
		failed <- err
	}()
	buffer := make([]byte, mib/4)
	for range amount * mib / len(buffer) {
		if _, err := c.Write(buffer); err != nil {
			c.Close()
			return errors.Join(err, <-failed)
		}
	}
	return <-failed
}

// trips makes so many round trips on each of the connections at the same time, with a pause before each. It returns
// how long each trip took, in microseconds.
func (r *relay) trips(
	dial func() (net.Conn, error), connections, trips int, pause time.Duration,
) ([]float64, work, error) {
	all := make([]net.Conn, connections)
	for i := range all {
		c, err := connect(dial, 'e')
		if err != nil {
			return nil, work{}, err
		}
		defer c.Close()
		all[i] = c
		if _, err := roundTrips(c, 2, 0); err != nil { // the relay's buffers are there from now on
			return nil, work{}, err
		}
	}
	took := make([][]float64, connections)
	w, err := r.during(float64(connections*trips), func() error {
		errs := make([]error, connections)
		var clients sync.WaitGroup
		for i, c := range all {
			clients.Go(func() { took[i], errs[i] = roundTrips(c, trips, pause) })
		}
		clients.Wait()
		return errors.Join(errs...)
	})
	return slices.Concat(took...), w, err
}

func roundTrips(c net.Conn, trips int, pause time.Duration) ([]float64, error) {
	took := make([]float64, trips)
	request, reply := make([]byte, messageSize), make([]byte, messageSize)
	for i := range took {
		if pause > 0 {
			<-time.After(pause)
		}
		began := time.Now()
		if _, err := c.Write(request); err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(c, reply); err != nil {
			return nil, err
		}
		took[i] = float64(time.Since(began).Nanoseconds()) / 1000
	}
	return took, nil
}
