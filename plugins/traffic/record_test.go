package traffic

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
)

func TestARecordIsSmall(t *testing.T) {
	if size := reflect.TypeFor[record]().Size(); size > 24 {
		t.Errorf("a record has %d bytes, want at most 24: there may be millions", size)
	}
}

func TestQuantilesAreOfTheNearestRank(t *testing.T) {
	values := make([]time.Duration, 1000)
	for i, at := range rand.New(rand.NewPCG(1, 1)).Perm(1000) {
		values[at] = time.Duration(i + 1)
	}
	for _, test := range []struct {
		values []time.Duration
		want   [6]time.Duration // mean, p50, p90, p99, p999, max
	}{
		{[]time.Duration{7}, [6]time.Duration{7, 7, 7, 7, 7, 7}},
		{[]time.Duration{2, 1}, [6]time.Duration{2, 1, 2, 2, 2, 2}},
		{values, [6]time.Duration{501, 500, 900, 990, 999, 1000}},
	} {
		l := latencyOf(test.values)
		if got := [6]time.Duration{*l.Mean, *l.P50, *l.P90, *l.P99, *l.P999, *l.Max}; got != test.want {
			t.Errorf("of %d values: got %v, want %v", len(test.values), got, test.want)
		}
	}
}

func TestWhatServersMakeUpIsBounded(t *testing.T) {
	r := newRecording(&plan{driveArgs: driveArgs{Within: time.Second, Reply: true}}, make([]record, 3000))
	for n := range r.records {
		r.end(n, answer{received: true, status: 100 + n%500, backend: fmt.Sprintf("b%d", n)})
	}
	d := r.all(0)
	if len(r.outcomes) != maxOutcomes || len(r.backends) != maxBackends+1 {
		t.Errorf("%d outcomes and %d backends were kept, want at most %d and %d",
			len(r.outcomes), len(r.backends), maxOutcomes, maxBackends+1)
	}
	if d.ByBackend["b7"] != 1 || d.ByBackend[others] != 3000-(maxBackends-1) || d.ByStatus[107] != 6 {
		t.Errorf("got %d of b7, %d of others, %d of status 107", d.ByBackend["b7"], d.ByBackend[others], d.ByStatus[107])
	}
	total := 0
	for _, count := range d.ByError {
		total += count
	}
	if total != d.Errors || d.ByError[others] == 0 {
		t.Errorf("%d errors, %d of them by name", d.Errors, total)
	}
}

func TestAScheduleEndsWhereItShould(t *testing.T) {
	for _, test := range []struct {
		args driveArgs
		want []time.Duration
	}{
		{driveArgs{PerSecond: 4, Duration: time.Second}, []time.Duration{0, 250 * ms, 500 * ms, 750 * ms}},
		{driveArgs{PerSecond: 4, Duration: 501 * ms}, []time.Duration{0, 250 * ms, 500 * ms}},
		{driveArgs{PerSecond: 0.5, Requests: 2}, []time.Duration{0, 2 * time.Second}},
		{driveArgs{PerSecond: 3, Requests: 4}, []time.Duration{0, 333333333, 666666667, time.Second}},
	} {
		var got []time.Duration
		for _, r := range (&plan{driveArgs: test.args}).schedule(nil) {
			got = append(got, r.start)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.args, diff)
		}
	}
}

func TestEveryCopyCounts(t *testing.T) {
	r := newRecording(&plan{driveArgs: driveArgs{Within: time.Second}}, []record{{}, {start: time.Second}})
	for n := range r.records {
		r.end(n, answer{received: true})
		for range 100 {
			r.arriveAgain(n)
		}
	}
	if got := r.between(0, 0, time.Second).Duplicates; got != 100 {
		t.Errorf("got %d of the first request, want 100", got)
	}
	if got := r.all(0).Duplicates; got != 200 {
		t.Errorf("got %d, want 200", got)
	}
}

func TestAFrameIsToldFromAllThatIsNotOne(t *testing.T) {
	f := frames{nonce: 0xcafe, size: 40}
	frame, scratch := make([]byte, f.size), make([]byte, f.size)
	f.put(frame, 12345)
	if n, v := f.read(append([]byte("Echo: "), frame...), scratch); n != 12345 || v != good {
		t.Errorf("a frame behind a prefix: got %d, %v", n, v)
	}
	for bit := range 8 * len(frame) {
		damaged := append([]byte("Echo: "), frame...)
		damaged[6+bit/8] ^= 1 << (bit % 8)
		if n, v := f.read(damaged, scratch); v != broken {
			t.Errorf("bit %d is wrong: got %d, %v", bit, n, v)
		}
	}
	if _, v := f.read(frame[1:], scratch); v != broken {
		t.Errorf("a frame cut short: got %v", v)
	}
	frames{nonce: 1, size: 40}.put(frame, 1)
	if _, v := f.read(frame, scratch); v != foreign {
		t.Errorf("a frame of another drive: got %v", v)
	}
}

func TestATargetIsTakenApart(t *testing.T) {
	for text, want := range map[string]target{
		"http://web":           {"http", "web:80", "web", "/"},
		"http://web:8000/a?b":  {"http", "web:8000", "web:8000", "/a?b"},
		"http://web:8000?x#y":  {"http", "web:8000", "web:8000", "/?x"},
		"udp://echo:8081":      {"udp", "echo:8081", "echo:8081", "/"},
		"tcp://web-1.x_y:9/":   {"tcp", "web-1.x_y:9", "web-1.x_y:9", "/"},
		"http://web:8000/a%20": {"http", "web:8000", "web:8000", "/a%20"},
	} {
		got, err := targetOf(text, "http", "tcp", "udp")
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	want := `url "echo:1": want http://node:port, tcp://node:port, udp://node:port`
	if _, err := targetOf("echo:1", "http", "tcp", "udp"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for _, text := range []string{
		"", "web", "http://", "http://web:0/", "http://web:99999/", "http:///x", "http://we b/",
	} {
		if got, err := targetOf(text, "http"); err == nil {
			t.Errorf("%q: got %+v, want an error", text, got)
		}
	}
}

func TestOneClientMakesManyLoadsAtOnce(t *testing.T) {
	b := world(t, with("service_time", 10*ms, "concurrency", int64(3)))
	var calls []int64
	for range 5 {
		calls = append(calls, b.Begin("client", "drive", sdk.Fields(with("url", "http://web:8000/", "clients", int64(2),
			"requests", int64(30)))))
	}
	for _, call := range calls {
		wantFields(t, "load", fieldsOf(t, b.Await(call)), "requests", 30, "received", 30, "errors", 0)
	}
}
