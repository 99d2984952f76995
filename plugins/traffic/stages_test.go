package traffic

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
)

// staged makes the parameter stages of durations and numbers in turn.
func staged(pairs ...any) []any {
	list := []any{}
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, []any{pairs[i], pairs[i+1]})
	}
	return list
}

func TestStagesRampFromTheNumberBefore(t *testing.T) {
	const s = time.Second
	for _, test := range []struct {
		from   float64
		stages []any
		want   []int64 // due in each second
	}{
		{0, staged(2*s, 100.0), []int64{25, 75}},
		{100, staged(2*s, int64(100)), []int64{100, 100}},
		{0, staged(0*s, 100.0, 2*s, 100.0, 0*s, 10.0, 1*s, 10.0), []int64{100, 100, 10}},
		{0, staged(2*s, 100.0, 2*s, 100.0, 2*s, 0.0), []int64{25, 75, 100, 100, 75, 25}},
		{0, staged(1*s, 0.0, 0*s, 7.0, 1*s, 7.0, 0*s, 0.0, 1*s, 0.0), []int64{0, 7, 0}},
		{0, staged(1500*ms, 60.0, 1500*ms, 0.0), []int64{20, 50, 20}},
	} {
		b := world(t, nil)
		a := b.Call("client", "drive", with("url", "http://web:8000/", "per_second", test.from, "stages", test.stages))
		if !a.OK {
			t.Fatalf("%v: %+v", test.stages, a)
		}
		var got []int64
		for _, p := range b.CallObject(a.Value, "series", with("every", s)).Value.([]any) {
			got = append(got, p.(sdk.Fields).Get("requests").(int64))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v from %v (-want +got):\n%s", test.stages, test.from, diff)
		}
	}
}

// A request that is due at the end of the last stage would be one too many, and in no piece of a series: sums of 0.3 and
// 55.00000000000001 are rounded.
func TestNoRequestIsDueAtTheEndOfTheStages(t *testing.T) {
	short := staged()
	for range 10 {
		short = append(short, []any{100 * ms, 3.0})
	}
	for _, test := range []struct {
		from   float64
		stages []any
		want   int
	}{{50, staged(1100*ms, 50.0), 55}, {3, short, 3}} {
		all, err := stagesOf(test.stages, test.from)
		if err != nil {
			t.Fatal(err)
		}
		due := all.schedule(0, func() float64 { return 1 })
		if last := due[len(due)-1].start; len(due) != test.want || last >= all.during() {
			t.Errorf("%v: got %d, the last at %v, want %d", test.stages, len(due), last, test.want)
		}
	}
}

func TestPoissonArrivalsFollowTheStages(t *testing.T) {
	b := world(t, nil)
	a := b.Call("client", "drive", with("url", "http://web:8000/", "arrivals", "poisson",
		"stages", staged(10*time.Second, 400.0, 10*time.Second, 400.0)))
	for i, want := range []int64{500, 1500, 2000, 2000} {
		part := fieldsOf(t, b.CallObject(a.Value, "between", with("t1", time.Duration(i)*5*time.Second,
			"t2", time.Duration(i+1)*5*time.Second)))
		if got := part.Get("requests").(int64); got < want*85/100 || got > want*115/100 {
			t.Errorf("part %d: %d requests, want about %d", i, got, want)
		}
	}
}

func TestASeriesAddsUpToTheDrive(t *testing.T) {
	b := world(t, with("service_time", 5*ms))
	b.Run(2 * time.Second)
	call := b.Begin("client", "drive", with("url", "http://web:8000/", "per_second", 100.0, "duration", 3500*ms, "within", 300*ms))
	b.Run(time.Second)
	b.Pause("web")
	b.Run(time.Second)
	b.Resume("web")
	a := b.Await(call)
	d := fieldsOf(t, a)
	points := b.CallObject(a.Value, "series", with("every", time.Second)).Value.([]any)
	sums := map[string]int64{}
	for i, p := range points {
		p := p.(sdk.Fields)
		for _, name := range []string{"requests", "received", "errors"} {
			sums[name] += p.Get(name).(int64)
		}
		if want := time.Duration(2+i) * time.Second; p.Get("start") != want {
			t.Errorf("point %d starts at %v, want %v", i, p.Get("start"), want)
		}
	}
	for name, sum := range sums {
		wantFields(t, "the whole", d, name, int(sum))
	}
	if len(points) != 4 {
		t.Fatalf("got %d points, want 4: %v", len(points), points)
	}
	wantFields(t, "first", points[0].(sdk.Fields), "requests", 100, "errors", 1, "per_second", 99.0, "p50", 25*ms, "p90", 25*ms)
	wantFields(t, "in the pause", points[1].(sdk.Fields), "requests", 100, "p50", 300*ms, "p99", 300*ms)
	wantFields(t, "the rest of 500ms", points[3].(sdk.Fields), "requests", 50, "errors", 0, "per_second", 100.0)

	part := b.CallObject(a.Value, "between", with("t1", 2500*ms, "t2", 3*time.Second))
	if points := b.CallObject(part.Value, "series", with("every", 250*ms)).Value.([]any); len(points) != 2 {
		t.Errorf("a part of 500ms has %d points of 250ms, want 2", len(points))
	}
	for every, want := range map[time.Duration]string{
		0:               "every is 0s, want more than 0s and at most 10000 points in 3.5s",
		time.Nanosecond: "every is 0.001us, want more than 0s and at most 10000 points in 3.5s",
	} {
		wantMisuse(t, b.CallObject(a.Value, "series", with("every", every)).Error, want)
	}
}

func wantMisuse(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got error %q, want %q", got, want)
	}
}

func TestASeriesOfRequestsByNumber(t *testing.T) {
	b := world(t, nil)
	a := b.Call("client", "drive", with("url", "http://web:8000/", "clients", int64(2), "requests", int64(100)))
	points := b.CallObject(a.Value, "series", with("every", 500*ms)).Value.([]any)
	if len(points) != 3 || points[0].(sdk.Fields).Get("requests") != int64(48) {
		t.Errorf("got %v, want 3 points, 48 requests in the first: a handshake, then one in 20ms by each client", points)
	}
}

// The last piece is as long as the load was: it ended with the last request that was due, and 1 request in 1ns is a
// thousand million in a second.
func TestTheLastPieceOfASeriesByNumberHasTheRateOfTheDrive(t *testing.T) {
	b := world(t, with("service_time", 30*ms))
	for _, of := range []struct {
		args []any
		want float64
	}{
		{[]any{"per_second", 100.0, "requests", int64(101)}, 100},
		{[]any{"per_second", 100.0, "requests", int64(105)}, 100},
		{[]any{"clients", int64(1), "requests", int64(1)}, 1 / 0.07}, // a handshake of 20ms and 50ms
		{[]any{"clients", int64(1), "requests", int64(1), "within", 40 * ms}, 0},
	} {
		a := b.Call("client", "drive", with(append(of.args, "url", "http://web:8000/")...))
		points := b.CallObject(a.Value, "series", with("every", time.Second)).Value.([]any)
		last := points[len(points)-1].(sdk.Fields).Get("per_second").(float64)
		if math.Abs(last-of.want) > 0.001*of.want {
			t.Errorf("%v: the last of %d points has %v in a second, want %v", of.args, len(points), last, of.want)
		}
	}
}

func TestADriveByNumberEndsWithItsLastRequest(t *testing.T) {
	b := world(t, with("service_time", 30*ms))
	start := b.Now() // a handshake of 20ms, and 50ms for each
	makeLoad(t, b, "url", "http://web:8000/", "clients", int64(1), "requests", int64(3), "think", time.Second)
	if took, want := b.Now()-start, 2170*ms; took != want {
		t.Errorf("three requests with thoughts of 1s between them took %v, want %v", took, want)
	}
	start = b.Now()
	makeLoad(t, b, "url", "http://web:8000/", "clients", int64(4), "requests", int64(5), "think", time.Second)
	if took, want := b.Now()-start, 1120*ms; took != want {
		t.Errorf("four clients made five requests with thoughts of 1s in %v, want %v: they think on for nothing", took, want)
	}
	start = b.Now()
	makeLoad(t, b, "url", "http://web:8001/", "clients", int64(1), "requests", int64(2))
	if took, want := b.Now()-start, 50*ms; took != want {
		t.Errorf("two refused dials took %v, want %v: a round trip each, and a pause of 10ms between them", took, want)
	}
}

func TestClientsThinkBetweenTheirRequests(t *testing.T) {
	b := world(t, with("service_time", 30*ms))
	d := makeLoad(t, b, "url", "http://web:8000/", "clients", int64(2), "duration", 10*time.Second, "think", 150*ms)
	wantFields(t, "150ms", d, "requests", 100, "latency.p50", 50*ms)
	start := b.Now()
	makeLoad(t, b, "url", "http://web:8000/", "clients", int64(2), "duration", time.Second, "think", time.Hour)
	if took := b.Now() - start; took != time.Second {
		t.Errorf("a thought of an hour: the drive took %v, want its duration of 1s", took)
	}
	d = makeLoad(t, b, "url", "http://web:8000/", "clients", int64(50), "duration", 20*time.Second,
		"think", link.NewExponential(time.Second))
	if n := d.Get("requests").(int64); n < 850 || n > 1050 { // 50 users in 50ms + 1s each
		t.Errorf("50 clients that think for a second: %d requests in 20s, want about 950", n)
	}
}

// Two drives of one client, whatever serves them and however fast, ask for the same work, request by request.
func TestWorkBelongsToTheRequestAndIsTheSameInEachDrive(t *testing.T) {
	works := func(config sdk.Fields, args ...any) (sums []time.Duration) {
		b := world(t, config)
		for range 2 {
			d := makeLoad(t, b, append([]any{"url", "http://web:8000/", "requests", int64(50),
				"work", link.NewExponential(20 * ms)}, args...)...)
			sums = append(sums, d.Get("latency").(sdk.Fields).Get("max").(time.Duration))
		}
		return sums
	}
	slow := works(with("service_time", time.Hour), "per_second", 1.0)
	if slow[0] != slow[1] || slow[0] > time.Second || slow[0] < 50*ms {
		t.Errorf("the slowest of each drive took %v, want the same, and not the service time", slow)
	}
	if quick := works(nil, "clients", int64(1)); quick[0] != slow[0] {
		t.Errorf("in a closed loop the slowest took %v, in an open one %v, want the same", quick[0], slow[0])
	}
	b := world(t, with("service_time", time.Hour))
	d := makeLoad(t, b, "url", "http://web:8000/", "requests", int64(2), "clients", int64(1), "work", 0*ms)
	wantFields(t, "no work", d, "latency.p50", 20*ms)
	for _, header := range []string{"12", "-1ms", "2h", "x"} {
		r := get(t, b, "http://web:8000/", "headers", with("lab-work", header))
		if r.Get("status") != int64(400) {
			t.Errorf("lab-work: %s: got %v, want 400", header, r.Get("status"))
		}
	}
}

func TestAPlanOfStagesAndDrawsThatMakesNoSenseIsRefused(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct {
		args  sdk.Fields
		wants string
	}{
		{with("stages", []any{}), "stages: got 0 of them, want 1 to 1000"},
		{with("stages", "10s"), `stages: got "10s", want a list of (duration, per_second)`},
		{with("stages", []any{time.Second}), "stages: item 0 is 1s, want (duration, per_second)"},
		{with("stages", staged(-time.Second, 1.0)), "stages: item 0 lasts -1s, want a duration from 0s to 87600h"},
		{with("stages", staged(int64(10), 1.0)), "stages: item 0 lasts 10, want a duration from 0s to 87600h"},
		{with("stages", staged(time.Second, "x")), `stages: item 0 has per_second "x", want a number from 0`},
		{with("stages", staged(time.Second, -1.0)), "stages: item 0 has per_second -1, want a number from 0"},
		{with("stages", staged(time.Second, 0.0)), "stages: [[1s, 0]] make no request"},
		{with("stages", staged(time.Second, 1e12)), "that makes 500000000000 requests, want at most 4194304"},
		{with("stages", staged(time.Second, 1.0), "requests", int64(5)), "got stages with duration = 0s and requests = 5; stages already set both"},
		{with("stages", staged(time.Second, 1.0), "duration", time.Second), "got stages with duration = 1s and requests = 0; stages already set both"},
		{with("stages", staged(time.Second, 1.0), "think", time.Second),
			"think is for a closed loop: clients alone, without per_second or stages"},
		{with("per_second", 1.0, "requests", int64(1), "think", time.Second),
			"think is for a closed loop: clients alone, without per_second or stages"},
		{with("clients", int64(1), "requests", int64(1), "think", -time.Second), "think is -1s, want 0s or more"},
		{with("clients", int64(1), "requests", int64(1), "work", -time.Second), "work is -1s, want 0s or more"},
		{with("clients", int64(1), "requests", int64(1), "work", int64(5)), "work: got 5, want a duration such as 5*ms, or a draw"},
		{with("clients", int64(1), "requests", int64(1), "work", time.Second, "url", "tcp://server:80"),
			"request and work are for http://, not for tcp://"},
		{with("clients", int64(1), "duration", 300_000*time.Hour), "duration is 300000h, want at most 87600h"},
		{with("clients", int64(1), "requests", int64(1), "within", 300_000*time.Hour), "within is 300000h, want at most 87600h"},
	} {
		args := test.args
		if _, ok := args.Lookup("url"); !ok {
			args = append(args, with("url", "http://server:80")...)
		}
		want(t, test.wants, b.Call("client", "drive", args), misuse(test.wants))
	}
}
