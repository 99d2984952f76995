package traffic

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

// counted checks that every request of a drive was received or is an error, each by its reason.
func counted(t *testing.T, what string, d sdk.Fields, requests int) (received int64) {
	t.Helper()
	received = d.Get("received").(int64)
	reasons := int64(0)
	for _, f := range d.Get("by_error").(sdk.Fields) {
		reasons += f.Value.(int64)
	}
	wantFields(t, what, d, "requests", requests, "errors", requests-int(received))
	if reasons != int64(requests)-received {
		t.Errorf("%s: errors by reason are %v, together %d, want %d", what, d.Get("by_error"), reasons, int64(requests)-received)
	}
	return received
}

// A client that needs 50ms for a request cannot make 100 of them in a second (k6 calls the rest dropped iterations). It
// must say so, end in time, and still show what the server can do: 20 a second.
func TestAnOverloadedDriveCountsEveryRequestAndEndsInTime(t *testing.T) {
	second := with("duration", 10*time.Second)
	for what, test := range map[string]struct {
		url  string
		much sdk.Fields
	}{
		"http":      {"http://web:8000/", second},
		"tcp":       {"tcp://tcp:8080", second},
		"udp":       {"udp://udp:8081", second},
		"by number": {"tcp://tcp:8080", with("requests", int64(1000))},
	} {
		b := echoes(t, link.Profile{Latency: link.NewFixed(25 * ms)})
		b.Add("web", "http-backend", nil)
		args := with("url", test.url, "per_second", 100.0, "clients", int64(1), "within", time.Second)
		d := makeLoad(t, b, together(args, test.much)...)
		received := counted(t, what, d, 1000)
		if received < 200 || received > 225 {
			t.Errorf("%s: %d were received, want about 220", what, received)
		}
		wantFields(t, what, d, "latency.max", time.Second, "latency.p50", time.Second)
		if late := d.Get("by_error").(sdk.Fields).Get("late"); late == nil || late.(int64) < 700 {
			t.Errorf("%s: %v are late, want most of the errors", what, late)
		}
		if b.Now() > 11*time.Second {
			t.Errorf("%s: it ended at %v, want 11s at most: duration and within", what, b.Now())
		}
	}
}

// together makes the list of names and values of two sets of fields.
func together(a, b sdk.Fields) (pairs []any) {
	for _, f := range append(a, b...) {
		pairs = append(pairs, f.Name, f.Value)
	}
	return pairs
}

func TestAClientThatWasPausedCountsWhatItCouldNotSend(t *testing.T) {
	for _, test := range []struct{ pause, end time.Duration }{{3 * time.Second, 10 * time.Second}, {30 * time.Second, 33 * time.Second}} {
		for _, url := range []string{"http://web:8000/", "udp://udp:8081"} {
			b := echoes(t, link.Profile{Latency: link.NewFixed(10 * ms)})
			b.Add("web", "http-backend", nil)
			call := b.Begin("client", "drive", with("url", url, "per_second", 100.0, "duration", 10*time.Second,
				"within", time.Second))
			b.Run(3 * time.Second)
			b.Pause("client")
			b.Run(test.pause)
			b.Resume("client")
			d := fieldsOf(t, b.Await(call))
			counted(t, url, d, 1000)
			if b.Now() > test.end+time.Second {
				t.Errorf("%s, paused for %v: ended at %v, want %v", url, test.pause, b.Now(), test.end)
			}
			if late := d.Get("by_error").(sdk.Fields).Get("late").(int64); late < 190 {
				t.Errorf("%s, paused for %v: %d are late, want what was due in the pause but for its last second", url, test.pause, late)
			}
			wantFields(t, url, d, "latency.max", time.Second)
		}
	}
}

// deadlined is the environment of a call whose script gives up.
type deadlined struct {
	sdk.Env
	at time.Time
}

func (d deadlined) Deadline() time.Time { return d.at }

// driveWithin drives from a node of its own with that timeout.
func driveWithin(b *sdktest.Bench, timeout time.Duration, args driveArgs) (d *driven, err error) {
	b.DoOn("driver", func(env sdk.Env) {
		d, err = new(client).drive(deadlined{env, env.Now().Add(timeout)}, args)
	})
	return d, err
}

func TestADriveNeverOutlivesItsTimeout(t *testing.T) {
	b := world(t, with("service_time", time.Hour))
	a := args("http://web:8000/")
	a.Clients, a.Requests, a.Within = 2, 1000, time.Second
	d, err := driveWithin(b, 10*time.Second, a)
	if err != nil || d.Requests != 1000 || d.Errors != 1000 || d.ByError["timed out"] != 18 || d.ByError["late"] != 982 {
		t.Errorf("got %+v, %v; want 1000 errors, late for want of time", d, err)
	}
	if b.Now() > 10*time.Second {
		t.Errorf("it ended at %v, want 10s at most", b.Now())
	}
	for want, change := range map[string]func(*driveArgs){
		"the last request is due after 10s and has 1s, but the call has timeout = 10s": func(a *driveArgs) {
			a.Clients, a.Duration = 1, 10*time.Second
		},
		"the last request is due after 9.9s and has 1s, but the call has timeout = 10s": func(a *driveArgs) {
			a.PerSecond, a.Requests = 10, 100
		},
		"the last request is due after 0s and has 11s, but the call has timeout = 10s": func(a *driveArgs) {
			a.Clients, a.Requests, a.Within = 1, 1, 11*time.Second
		},
	} {
		a := args("http://web:8000/")
		a.Within = time.Second
		change(&a)
		if _, err := driveWithin(b, 10*time.Second, a); err == nil || err.Error() != want {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

// Latency counts requests without an answer, too, as in k6 and vegeta.
func TestAServerThatHangsCannotImproveThePercentiles(t *testing.T) {
	b := world(t, with("service_time", 5*ms))
	call := b.Begin("client", "drive", with("url", "http://web:8000/", "per_second", 100.0, "duration", 4*time.Second,
		"within", time.Second))
	b.Run(3 * time.Second)
	b.Cut("client", "web")
	a := b.Await(call)
	d := fieldsOf(t, a)
	counted(t, "hung", d, 400)
	wantFields(t, "hung", d, "latency.p50", 25*ms, "latency.p90", time.Second, "latency.max", time.Second,
		"latency_ok.p50", 25*ms, "latency_ok.p99", 45*ms)
	part := fieldsOf(t, b.CallObject(a.Value, "between", with("t1", 3100*ms, "t2", 4*time.Second)))
	wantFields(t, "in the cut", part, "latency.p50", time.Second, "latency_ok.p50", nil)
}

func TestAFailureCountsWithTheTimeItTookAndIsNotGood(t *testing.T) {
	b := world(t, with("service_time", 30*ms, "failure_rate", 1.0))
	d := makeLoad(t, b, "url", "http://web:8000/", "clients", int64(1), "requests", int64(5))
	wantFields(t, "500", d, "received", 5, "errors", 5, "latency.p50", 50*ms, "latency_ok.p50", nil)
	b.Crash("web")
	d = makeLoad(t, b, "url", "http://web:8000/", "clients", int64(1), "requests", int64(5))
	wantFields(t, "refused", d, "received", 0, "errors", 5, "latency.max", 20*ms, "latency_ok.max", nil)
}

func TestADialThatNobodyAnswersIsWaitedForAsLongAsTheRequest(t *testing.T) {
	for _, url := range []string{"http://web:8000/", "tcp://web:8000"} {
		b := world(t, nil)
		b.Cut("client", "web")
		d := makeLoad(t, b, "url", url, "clients", int64(1), "requests", int64(2), "within", 20*time.Second)
		wantFields(t, url, d, "errors", 2, "latency.p50", 20*time.Second, "by_error", sdk.Fields(with("timed out", int64(2))))
	}
}
