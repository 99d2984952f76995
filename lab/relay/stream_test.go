package relay

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

// profiles are the ways a stream may be carried: each of them must keep every byte.
var profiles = map[string]link.Profile{
	"ideal":   {},
	"latency": {Latency: link.NewFixed(2 * ms)},
	"jitter":  {Latency: link.NewFixed(2 * ms), Jitter: link.NewFixed(2 * ms)},
	"rate":    {Rate: 400 * link.Mbit, Queue: 64 << 10},
	"tight":   {Rate: 400 * link.Mbit, Queue: 1, MTU: 9000},
	"loss":    {Latency: link.NewFixed(ms), Loss: 0.0002},
	"foul":    {Latency: link.NewFixed(ms), Duplicate: 1, Reorder: 1, Corrupt: 1},
}

func TestNoByteIsLostOrReorderedWhateverTheProfile(t *testing.T) {
	for name, profile := range profiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.both(profile)
			client, server := w.pair()
			size := 4 << 20
			if profile.Queue == 1 {
				size >>= 4 // each segment waits for a wake-up of its own
			}
			sent := make([]byte, size)
			random := rand.New(rand.NewPCG(1, 2))
			for i := range sent {
				sent[i] = byte(random.Uint32())
			}
			ended := make(chan error, 1)
			go func() { // both directions at once: b sends back what it hears
				_, err := io.Copy(server, server)
				ended <- errors.Join(err, server.CloseWrite())
			}()
			go func() {
				rest := sent
				for len(rest) > 0 {
					n := min(len(rest), 1+random.IntN(200_000))
					if _, err := client.Write(rest[:n]); err != nil {
						t.Error(err)
						return
					}
					rest = rest[n:]
				}
				if err := client.CloseWrite(); err != nil {
					t.Error(err)
				}
			}()
			got, err := io.ReadAll(client)
			if err := errors.Join(err, <-ended); err != nil {
				t.Fatal(err)
			}
			if sha256.Sum256(got) != sha256.Sum256(sent) {
				t.Errorf("%d of %d bytes, or not the same", len(got), len(sent))
			}
			w.expect("a b:80 opened", "a b:80 closed")
		})
	}
}

func TestHalfOfAStreamMayEndBeforeTheOther(t *testing.T) {
	for name, profile := range map[string]link.Profile{"ideal": {}, "slow": {Latency: link.NewFixed(10 * ms)}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.both(profile)
			client, server := w.pair()
			say(t, client, "question")
			if err := client.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			hear(t, server, "question")
			hearEnd(t, server)
			say(t, server, "answer")
			hear(t, client, "answer")
			server.Close()
			hearEnd(t, client)
			w.until("nothing is listed", func() bool { return len(w.Connections("", "")) == 0 })
			w.expect("a b:80 opened", "a b:80 closed")
		})
	}
}

func TestAnEndIsListedUntilItsFinIsAcknowledged(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(ms)})
	client, server := w.pair()
	server.CloseWrite()
	hearEnd(t, client)
	if n := len(w.Connections("a", "b")); n != 2 {
		t.Errorf("%d ends are listed, want both", n)
	}
	if err := w.SetProfile("b", "a", lossy); err != nil {
		t.Fatal(err)
	}
	client.CloseWrite()
	hearEnd(t, server)
	w.until("only a's end is listed", func() bool { list := w.Connections("a", "b"); return len(list) == 1 && list[0].Src == "a" })
	w.both(link.Profile{})
	w.pass(time.Second)
	w.until("nothing is listed", func() bool { return len(w.Connections("a", "b")) == 0 })
}

func TestAResetTravelsTheLinkInBothDirections(t *testing.T) {
	for _, fromClient := range []bool{true, false} {
		w := newWorld(t)
		w.both(link.Profile{Latency: link.NewFixed(20 * ms)})
		resetting, other := w.pair()
		if !fromClient {
			resetting, other = other, resetting
		}
		say(t, resetting, "last words")
		hear(t, other, "last words")
		start := time.Now()
		if err := errors.Join(resetting.SetLinger(0), resetting.Close()); err != nil {
			t.Fatal(err)
		}
		hearReset(t, other)
		if took := time.Since(start); took < 20*ms {
			t.Errorf("the reset took %v, want at least the latency, 20ms", took)
		}
		w.expect("a b:80 opened", "a b:80 reset")
	}
}

func TestWritingToWhoHasClosedIsAnsweredByAReset(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(10 * ms)})
	client, server := w.pair()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	hearEnd(t, client)
	say(t, client, "is anybody there?")
	w.expect("a b:80 opened", "a b:80 reset")
	if _, err := client.Write([]byte("well?")); err == nil {
		t.Error("wrote to a connection that was reset")
	}
}

func TestACutStallsAStreamAndHealResumesIt(t *testing.T) {
	w := newWorld(t)
	client, server := w.pair()
	say(t, client, "before ")
	hear(t, server, "before ")
	var cut link.Meter
	if err := w.AddEffect(link.Cut, "a", "b", &cut); err != nil {
		t.Fatal(err)
	}
	say(t, client, "during")
	w.until("the cut has met it", func() bool { return cut.Count() > 0 })
	hearNothing(t, server)
	say(t, server, "the other way is open")
	hear(t, client, "the other way is open")
	healed := time.Now()
	if err := w.RemoveEffect(link.Cut, "a", "b", &cut); err != nil {
		t.Fatal(err)
	}
	say(t, client, " after")
	hear(t, server, "during after")
	if took := time.Since(healed); took > patient/2 {
		t.Errorf("resumed %v after the heal", took)
	}
}

func TestAStreamGivesUpAnEndlessCutAndBothEndsSeeAReset(t *testing.T) {
	w := newWorld(t)
	client, server := w.pair()
	var cut link.Meter
	if err := w.AddEffect(link.Cut, "a", "b", &cut); err != nil {
		t.Fatal(err)
	}
	say(t, client, "in vain")
	w.until("the cut has met it", func() bool { return cut.Count() > 0 })
	w.pass(tcp.GiveUp)
	hearReset(t, client)
	hearReset(t, server)
	w.expect("a b:80 opened", "a b:80 reset")
}

func TestAProfileChangeHitsOpenConnections(t *testing.T) {
	w := newWorld(t)
	client, server := w.pair()
	say(t, client, "quick")
	hear(t, server, "quick")
	w.both(link.Profile{Latency: link.NewFixed(60 * ms)})
	start := w.clock()
	say(t, client, "slow")
	hear(t, server, "slow")
	if took := w.clock() - start; took < 60*ms-leadMost {
		t.Errorf("arrived after %v, want 60ms", took)
	}
}

func TestAReaderWhoDoesNotReadHoldsTheWriterBack(t *testing.T) {
	for name, profile := range map[string]link.Profile{"ideal": {}, "slow": {Latency: link.NewFixed(ms)}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.both(profile)
			client, server := w.pair()
			wrote := make(chan int, 1)
			var so atomic.Int64
			go func() {
				n, _ := io.Copy(client, io.TeeReader(io.LimitReader(zeros{}, 1<<30), counting{&so}))
				wrote <- int(n)
			}()
			w.until("the writer waits", func() bool {
				before := so.Load()
				<-time.After(silence)
				return so.Load() == before
			})
			if n := w.Reset("a", "b"); n != 1 {
				t.Errorf("%d connections reset, want 1", n)
			}
			if n := <-wrote; n >= 1<<30 {
				t.Error("a gigabyte has vanished into the network")
			}
			hearReset(t, server)
		})
	}
}

// counting counts what is written to it.
type counting struct{ *atomic.Int64 }

func (c counting) Write(b []byte) (int, error) {
	c.Add(int64(len(b)))
	return len(b), nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestARateIsKept(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Rate: 80 * link.Mbit}) // 10 kB a millisecond
	client, server := w.pair()
	const size = 1 << 20
	start := time.Now()
	go client.Write(bytes.Repeat([]byte("x"), size))
	hear(t, server, string(bytes.Repeat([]byte("x"), size)))
	if took, least := time.Since(start), size*time.Millisecond/10_000; took < least {
		t.Errorf("%d bytes within %v, want at least %v", size, took, least)
	}
}

func TestACrashIsAResetThatTravelsAndLaterDialsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(20 * ms)})
	client, server := w.pair()
	say(t, server, "last words")
	hear(t, client, "last words")
	start := time.Now()
	w.Down("b")
	server.Close() // what the dying process's kernel does: in time for a FIN, if anybody listened
	hearReset(t, client)
	if took := time.Since(start); took < 20*ms {
		t.Errorf("the reset took %v, want at least the latency, 20ms", took)
	}
	if _, err := w.dialer("a", patient).Dial("tcp", "b:80"); err == nil {
		t.Error("connected to a crashed node")
	}
	w.expect("a b:80 opened", "a b:80 reset", "a b:80 refused")
	again, other := w.connect(w.listen(80), 80)
	say(t, again, "back")
	hear(t, other, "back")
}

// The reset of a crash is lost in a cut, as any segment. It is not repeated before the other end sends.
func TestACutHidesACrashFromWhoDoesNotSend(t *testing.T) {
	w := newWorld(t)
	client, _ := w.pair()
	var cut link.Meter
	if err := w.AddEffect(link.Cut, "b", "a", &cut); err != nil {
		t.Fatal(err)
	}
	w.Down("b")
	hearNothing(t, client)
	if err := w.RemoveEffect(link.Cut, "b", "a", &cut); err != nil {
		t.Fatal(err)
	}
	hearNothing(t, client)
	say(t, client, "is anybody there?")
	hearReset(t, client)
}

func TestTheCrashOfBothEndsLeavesNothing(t *testing.T) {
	w := newWorld(t)
	w.pair()
	w.Down("a")
	w.Down("b")
	w.until("the connection is gone", w.locked(func() bool { return len(w.conns) == 0 }))
	if diff := cmp.Diff([]string{"a b:80 opened", "a b:80 reset"}, w.events()); diff != "" {
		t.Error(diff)
	}
}

func TestResetEndsTheStreamsBetweenTwoNodesAndNoOthers(t *testing.T) {
	w := newWorld(t)
	l := w.listen(80)
	first, firstOther := w.connect(l, 80)
	second, secondOther := w.connect(l, 80)
	loop, err := w.dialer("b", patient).Dial("tcp", "b:80")
	if err != nil {
		t.Fatal(err)
	}
	defer loop.Close()
	loopOther, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	defer loopOther.Close()
	if n := w.Reset("b", "a"); n != 2 {
		t.Errorf("%d connections reset, want 2", n)
	}
	for _, end := range []io.Reader{first, firstOther, second, secondOther} {
		hearReset(t, end)
	}
	say(t, loop, "a node's talk with itself")
	hear(t, loopOther, "a node's talk with itself")
}

func TestWhatWasUnderWayWhenItsSenderCrashedArrivesBeforeTheReset(t *testing.T) {
	w := newWorld(t)
	w.both(link.Profile{Latency: link.NewFixed(30 * ms)})
	client, server := w.pair()
	say(t, client, "last words")
	w.until("they are under way", func() bool { return w.Connections("a", "b")[0].Waiting == 10 })
	w.Down("a")
	hear(t, server, "last words")
	hearReset(t, server)
}

// An end and a reset that arrive at one instant: the end is passed on first, and the reset is not forgotten.
func TestAResetRightBehindTheEndArrives(t *testing.T) {
	w := newWorld(t)
	client, _ := w.pair()
	w.both(link.Profile{Latency: link.NewFixed(time.Second)})
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	ended := func() bool { return onlyConn(w).there.ended }
	w.until("the end is under way", w.locked(ended))
	if err := errors.Join(client.SetLinger(0), client.Close()); err != nil {
		t.Fatal(err)
	}
	w.until("the reset is, too", w.locked(func() bool { return onlyConn(w).a.dead }))
	w.pass(2 * time.Second)
	w.expect("a b:80 opened", "a b:80 reset")
}

// onlyConn is called with the schedule's lock.
func onlyConn(w *world) *conn { return w.aged(func(*conn) bool { return true })[0] }
