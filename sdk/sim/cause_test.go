package sim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
)

type got struct{ N int64 }

// What a task does follows from the datagram whose letter it has taken, also when it was busy as that came, and from the
// timer that it has set meanwhile; a query moves nothing.
func TestWhatATaskDoesFollowsFromWhatItHasTaken(t *testing.T) {
	packets := map[uint64]*network.Packet{}
	w := sim.New(sim.Config{Seed: 1, Conns: true, Packet: func(p *network.Packet) {
		packets[p.Number] = new(*p)
		packets[p.Number].Head = slices.Clone(p.Head)
	}})
	defer w.Close()
	a, b := get(w.Add("a", nil)), get(w.Add("b", nil))
	must(b.Start(func(env sdk.Env) error {
		box := sdk.NewMailbox[byte](env)
		socket, err := env.ListenPacket(7)
		if err != nil {
			return err
		}
		env.Go(func() {
			for buf := make([]byte, 10); ; {
				if _, _, err := socket.ReadFrom(buf); err != nil {
					return
				}
				box.Post(buf[0])
			}
		})
		for {
			n, err := box.Recv(time.Time{})
			if err != nil {
				return nil
			}
			env.Emit(got{int64(n)})
			if err := env.Sleep(time.Second); err != nil {
				return nil
			}
			env.Emit(got{int64(n) + 100})
		}
	}))
	must(a.Start(func(env sdk.Env) error {
		socket, err := env.ListenPacket(0)
		if err != nil {
			return err
		}
		for i := range 3 {
			if _, err := socket.WriteTo([]byte{byte(i)}, value.Addr("b:7")); err != nil {
				return err
			}
		}
		return nil
	}))
	w.Run(500*time.Millisecond, nil)
	w.Because(value.Look)
	b.Call(func(sdk.Env) {}, func(bool) {})
	w.Run(time.Minute, nil)
	var told []string
	for _, e := range w.Drain() {
		n, _ := e.Get("n").(int64)
		p := packets[e.Cause.Of]
		if sent := int64(p.Head[0]); sent != n%100 {
			t.Errorf("%d follows from the datagram %d", n, sent)
		}
		if e.Cause.Timer != (n >= 100) {
			t.Errorf("%d by a timer: %v", n, e.Cause.Timer)
		}
		told = append(told, e.Name)
	}
	if diff := cmp.Diff([]string{"got", "got", "got", "got", "got", "got"}, told); diff != "" {
		t.Error(diff)
	}
}

// Answers on a stream follow from what was read from it.
func TestAnAnswerOnAStreamFollowsFromTheQuestion(t *testing.T) {
	var packets []network.Packet
	w := sim.New(sim.Config{Seed: 1, Conns: true, Packet: func(p *network.Packet) { packets = append(packets, *p) }})
	defer w.Close()
	a, b := get(w.Add("a", nil)), get(w.Add("b", nil))
	must(b.Start(func(env sdk.Env) error {
		l, err := env.Listen(7)
		if err != nil {
			return err
		}
		c, err := l.Accept()
		if err != nil {
			return err
		}
		buf := make([]byte, 10)
		n, err := c.Read(buf)
		if err != nil {
			return err
		}
		_, err = c.Write(buf[:n])
		return err
	}))
	must(a.Start(func(env sdk.Env) error {
		c, err := env.Dial("b:7")
		if err != nil {
			return err
		}
		_, err = c.Write([]byte("hello"))
		return err
	}))
	w.Run(time.Second, nil)
	byNumber := map[uint64]network.Packet{}
	for _, p := range packets {
		byNumber[p.Number] = p
	}
	for _, p := range packets {
		cause := byNumber[p.Cause.Of].Kind
		want := map[string]string{"syn": "", "syn-ack": "syn", "ack": "syn-ack", "data": "syn-ack"}[p.Kind]
		if p.Kind == "data" && p.Back {
			want = "data"
		}
		if p.Kind == "ack" && p.Ack > 0 {
			continue // delayed: by a timer of the connection
		}
		if cause != want {
			t.Errorf("%s (back %v) follows from %q, want %q", p.Kind, p.Back, cause, want)
		}
	}
}
