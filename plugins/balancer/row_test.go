package balancer

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/link"
)

// lose makes n requests that do not reach the backend.
func (w *world) lose(backend string, n int) {
	w.t.Helper()
	w.Cut("lb", backend)
	for range n {
		w.get(http1.Request{})
	}
	w.Heal("lb", backend)
}

func TestADialThatFailsNowAndThenIsNotInARow(t *testing.T) {
	w := newWorld(t, []string{"web"}, "health_every", time.Hour, "fall", 3, "retries", 0)
	w.raw("web", func(_ sdk.Env, conn sdk.Conn) {
		server := http1.Server{Handle: func(_ *http1.Request, reply *http1.Reply) error {
			return reply.Send(&http1.Response{Status: 200, Close: true})
		}}
		_ = server.Serve(conn)
	})
	for range 5 {
		w.lose("web", 2)
		w.want("in between", w.get(http1.Request{}), `200 ""`)
	}
	w.wantStat("web", "up", true)
	w.lose("web", 3)
	w.wantStat("web", "up", false)
}

func TestAnAnswerOnAKeptConnectionEndsARowOfFailures(t *testing.T) {
	w := newWorld(t, []string{"web"}, "health_every", time.Hour, "fall", 3, "retries", 0, "connect_timeout", time.Second)
	w.names("web", 3*time.Second)
	for range 4 { // while one request is answered on a connection that exists, two others cannot connect
		w.DoOn("client", func(env sdk.Env) { env.Go(func() { get(t, env, http1.Request{}) }) })
		w.Run(100 * time.Millisecond)
		w.lose("web", 2)
		w.Run(10 * time.Second)
	}
	w.wantStat("web", "up", true)
}

func TestAnswersDoNotHideThatABackendCallsItselfUnhealthy(t *testing.T) {
	w := newWorld(t, []string{"web"}, "health_every", time.Second, "fall", 3)
	w.handle("web", func(_ sdk.Env, req *http1.Request, reply *http1.Reply) error {
		if req.Target == "/health" {
			return reply.Text(503, nil, "")
		}
		return reply.Text(200, nil, "web")
	})
	for range 10 {
		w.get(http1.Request{})
		w.Run(400 * time.Millisecond)
	}
	w.wantStat("web", "up", false)
}

func TestConnectingIsNotPartOfTheAverage(t *testing.T) {
	w := newWorld(t, []string{"web"})
	w.Network(link.Profile{Latency: link.NewFixed(50 * time.Millisecond)})
	w.names("web", 10*time.Millisecond)
	w.get(http1.Request{})
	if got := w.stat("web", "ewma").(time.Duration); got < 110*time.Millisecond || got > 115*time.Millisecond {
		t.Errorf("got %v for a dial of 100ms and an answer in 110ms, want the answer only", got)
	}
}
