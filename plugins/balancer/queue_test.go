package balancer

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// thrashes lets a node take for a request in proportion to the square of how many it works on: 4 at once are 100 a
// second, 40 at once 10 a second.
func (w *world) thrashes(node string) {
	active := 0
	w.handle(node, func(env sdk.Env, _ *http1.Request, reply *http1.Reply) error {
		active++
		_ = env.Sleep(time.Duration(active*active) * 2500 * time.Microsecond)
		active--
		return reply.Text(200, nil, node)
	})
}

func TestWithALimitABurstDoesNotOverwhelmTheBackends(t *testing.T) {
	for _, most := range []int{0, 4} {
		w := newWorld(t, []string{"a", "b"}, "max_active", most)
		w.thrashes("a")
		w.thrashes("b")
		ends := w.load(100, 0)
		if standing := ends["200"] == 100; standing != (most > 0) || !standing && ends["late"] < 50 {
			t.Errorf("max_active = %d: got %v", most, ends)
		}
		w.wantStat("", "waiting", 0)
		w.wantStat("", "errors", 0)
	}
}

// line begins n requests, one each 10 ms, and returns how each ended: when, in tenths of a second, and how.
func (w *world) line(n int, ask func(sdk.Env) string) (ends []string) {
	w.t.Helper()
	ends = make([]string, n)
	w.DoOn("client", func(env sdk.Env) {
		start := env.Now()
		for i := range n {
			env.Go(func() {
				end := ask(env)
				ends[i] = fmt.Sprintf("%d:%s", env.Now().Sub(start).Round(100*time.Millisecond)/(100*time.Millisecond), end)
			})
			_ = env.Sleep(10 * time.Millisecond)
		}
	})
	w.Run(time.Minute)
	return ends
}

// asks is a request over HTTP, or a connection.
func (w *world) asks(mode string) func(sdk.Env) string {
	if mode == "http" {
		return func(env sdk.Env) string { return fmt.Sprint(get(w.t, env, http1.Request{}).status) }
	}
	return func(env sdk.Env) string {
		conn := dial(w.t, env)
		defer conn.Close()
		_, _ = io.WriteString(conn, "x\n")
		data, err := io.ReadAll(conn)
		if errors.Is(err, sdk.ErrReset) {
			return "reset"
		}
		return string(data)
	}
}

// works lets a node take a second for each request, or connection, and answer with what the client has sent.
func (w *world) works(node, mode string) {
	if mode == "http" {
		w.names(node, time.Second)
		return
	}
	w.raw(node, func(env sdk.Env, conn sdk.Conn) {
		defer conn.Close()
		buf := make([]byte, 10)
		n, _ := conn.Read(buf)
		_ = env.Sleep(time.Second)
		_, _ = conn.Write(buf[:n-1])
	})
}

func TestTheQueueIsFirstComeFirstServed(t *testing.T) {
	for mode, want := range map[string]string{
		"http": "[10:200 20:200 30:200 40:200 50:200]", "tcp": "[10:x 20:x 30:x 40:x 50:x]",
	} {
		w := newWorld(t, []string{"a"}, "mode", mode, "max_active", 1)
		w.works("a", mode)
		if got := fmt.Sprint(w.line(5, w.asks(mode))); got != want {
			t.Errorf("%s: got %s, want %s", mode, got, want)
		}
	}
}

func TestWhoFindsTheQueueFullOrWaitsTooLongIsRefused(t *testing.T) {
	for mode, want := range map[string]string{
		"http": "[10:200 20:200 15:503 0:503 0:503]", "tcp": "[10:x 20:x 15:reset 0:reset 0:reset]",
	} {
		w := newWorld(t, []string{"a"}, "mode", mode, "max_active", 1, "queue", 2, "queue_timeout", 1500*time.Millisecond)
		w.works("a", mode)
		if got := fmt.Sprint(w.line(5, w.asks(mode))); got != want {
			t.Errorf("%s: got %s, want %s", mode, got, want)
		}
		w.wantStat("", "queue_full", 2)
		w.wantStat("", "queue_timeouts", 1)
		w.wantStat("", "errors", 0)
	}
}

func TestARequestWhoseTimeEndsInTheQueueIsAnError(t *testing.T) {
	for mode, want := range map[string]string{"http": "[10:200 5:504]", "tcp": "[10:x 5:reset]"} {
		w := newWorld(t, []string{"a"}, "mode", mode, "max_active", 1, "request_timeout", 500*time.Millisecond)
		if mode == "tcp" {
			w.works("a", mode)
		} else { // the answer begins in time
			w.raw("a", func(env sdk.Env, conn sdk.Conn) {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
				_ = env.Sleep(time.Second)
				_, _ = io.WriteString(conn, "x")
			})
		}
		if got := fmt.Sprint(w.line(2, w.asks(mode))); got != want {
			t.Errorf("%s: got %s, want %s", mode, got, want)
		}
		w.wantStat("", "queue_timeouts", 0)
		w.wantStat("", "errors", 1)
	}
}

func TestARetryWaitsForABackendThatWasNotTried(t *testing.T) {
	w := newWorld(t, []string{"broken", "well"}, "max_active", 1)
	w.raw("broken", func(_ sdk.Env, conn sdk.Conn) { _ = conn.Reset() })
	w.names("well", time.Second)
	if got := fmt.Sprint(w.line(3, w.asks("http"))); got != "[10:200 20:200 30:200]" {
		t.Errorf("got %s, want all answers from the backend that is well", got)
	}
	w.wantStat("", "errors", 0)
}

func TestAClientThatLeavesLeavesTheQueue(t *testing.T) {
	for _, mode := range []string{"http", "tcp"} {
		w := newWorld(t, []string{"a"}, "mode", mode, "max_active", 1)
		w.works("a", mode)
		w.DoOn("client", func(env sdk.Env) {
			env.Go(func() { w.asks(mode)(env) })
			_ = env.Sleep(10 * time.Millisecond)
			for i := range 4 {
				conn := dial(t, env)
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: lb\r\n\r\n")
				env.AfterFunc(100*time.Millisecond, func() {
					if i%2 == 0 {
						_ = conn.Close()
					} else {
						_ = conn.Reset()
					}
				})
			}
		})
		w.Run(50 * time.Millisecond)
		w.wantStat("", "waiting", 4)
		w.Run(800 * time.Millisecond)
		w.wantStat("", "waiting", 0)
		w.wantStat("", "active", 1)
		w.wantStat("", "abandoned", 4)
		w.Run(time.Minute)
		w.wantStat("a", "requests", 1)
	}
}

func TestRoomWhereverItComesFromIsTakenByTheFirst(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, "max_active", 1, "health_every", 0*time.Second)
	w.configure(w.backends[:1], "max_active", 1)
	w.names("a", time.Minute)
	w.names("b", 0)
	var got []string
	w.DoOn("client", func(env sdk.Env) {
		for range 3 {
			env.Go(func() { got = append(got, get(t, env, http1.Request{}).body) })
		}
	})
	w.Run(time.Second)
	w.wantStat("", "waiting", 2)
	w.configure(w.backends, "max_active", 1)
	w.Run(time.Second)
	if fmt.Sprint(got) != "[b b]" {
		t.Errorf("after a backend came: got %v", got)
	}
}

// Whoever makes room calls the queue, and may hold the balancer's lock.
func TestALookAtAClientThatTakesLongHoldsUpNobody(t *testing.T) {
	env, _ := newLAN(t).run(plain())
	q := queue{limit: 1}
	waits := q.join(env)
	looks, called := make(chan struct{}), make(chan struct{})
	var task sync.WaitGroup
	task.Go(func() {
		_ = waits.wait(env, time.Time{}, func() (bool, error) {
			close(looks)
			select {
			case <-called:
			case <-time.After(10 * time.Second):
				t.Error("the call waits for the look")
			}
			return false, nil
		})
	})
	<-looks
	q.call()
	close(called)
	task.Wait()
}

func TestNoBackendGetsMoreThanItsLimitAndNobodyIsForgotten(t *testing.T) {
	l := newLAN(t)
	var most, now atomic.Int64
	for _, node := range []string{"a", "b"} {
		l.web(node, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			_, _ = io.WriteString(rw, node)
		}))
	}
	lb := plain("a:80", "b:80")
	lb.MaxActive, lb.Queue, lb.Retries = 3, 1000, 0
	_, where := l.run(lb)
	c := client(t)
	var tasks sync.WaitGroup
	for range 32 {
		tasks.Go(func() {
			for range 30 {
				resp, err := c.Get("http://" + where)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != 200 {
					t.Errorf("got %d", resp.StatusCode)
				}
			}
		})
	}
	tasks.Wait()
	if most.Load() > 6 {
		t.Errorf("the backends had %d requests at once, want at most 6", most.Load())
	}
}

// Who gets a place at the end of its time asks no backend: it could only fail, and the backend would be to blame.
func TestAPlaceThatComesTooLateIsNotTaken(t *testing.T) {
	w := newWorld(t, []string{"web"}, "max_active", 1, "request_timeout", 150*time.Millisecond, "eject_failures", 2)
	w.names("web", 100*time.Millisecond)
	w.DoOn("client", func(env sdk.Env) {
		for range 4 {
			env.Go(func() { get(t, env, http1.Request{}) })
		}
	})
	w.Run(time.Second)
	w.wantStat("", "errors", 3)
	w.wantStat("web", "errors", 1)
	w.wantStat("web", "ejections", 0)
}

// A request that has failed at a backend, and finds no place at another one, is an error, and nothing else.
func TestARequestCountsOnce(t *testing.T) {
	w := newWorld(t, []string{"dead", "web"}, "max_active", 1, "queue", 0, "health_every", time.Duration(0))
	w.DoOn("dead", func(sdk.Env) {})
	w.names("web", time.Second)
	w.DoOn("client", func(env sdk.Env) {
		for range 4 {
			env.Go(func() { get(t, env, http1.Request{}) })
			_ = env.Sleep(10 * time.Millisecond)
		}
	})
	w.Run(5 * time.Second)
	counted := w.stat("web", "requests").(int64)
	for _, name := range []string{"errors", "queue_full", "queue_timeouts"} {
		counted += w.stat("", name).(int64)
	}
	if counted != 4 {
		t.Errorf("4 requests count as %d: %d served, %v errors, %v found the queue full", counted,
			w.stat("web", "requests"), w.stat("", "errors"), w.stat("", "queue_full"))
	}
}
