package traffic

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

func TestAPlanThatMakesNoSenseIsRefused(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct {
		args  sdk.Fields
		wants string
	}{
		{nil, "want per_second (an open loop), clients (a closed loop), or both (a bounded open loop)"},
		{with("clients", int64(1)), "duration is 0s and requests is 0, want one of them"},
		{with("clients", int64(1), "duration", time.Second, "requests", int64(1)),
			"duration is 1s and requests is 1, want one of them"},
		{with("clients", int64(10_001), "requests", int64(1)), "clients is 10001, want 1 to 10000"},
		{with("per_second", -1.0, "requests", int64(1)), "per_second is -1, want more than 0"},
		{with("per_second", 1e9, "duration", time.Second), "that makes 1000000000 requests, want at most 4194304"},
		{with("per_second", 1e308, "duration", time.Second), "that makes 1e+308 requests, want at most 4194304"},
		{with("per_second", 1e-12, "requests", int64(3)), "3 requests at 1e-12 per_second take more than 87600h"},
		{with("clients", int64(1), "requests", int64(5_000_000)), "that makes 5000000 requests, want at most 4194304"},
		{with("per_second", 1.0, "requests", int64(1), "arrivals", "random"),
			`arrivals is "random", want "even" or "poisson"`},
		{with("clients", int64(1), "requests", int64(1), "arrivals", "poisson"),
			`arrivals = "poisson" needs per_second: clients alone ask when they are answered`},
		{with("clients", int64(1), "requests", int64(1), "within", 0*ms), "within is 0s, want more than 0s"},
		{with("clients", int64(1), "requests", int64(1), "reply", false),
			"reply = False is for tcp:// and udp://: every request over http is answered"},
		{with("clients", int64(1), "requests", int64(1), "url", "udp://server:80", "reply", false),
			"udp:// with reply = False needs per_second: nothing else would slow it down"},
		{with("clients", int64(1), "requests", int64(1), "url", "tcp://server:80", "size", int64(24)),
			"size is 24, want 25 to 65536 bytes over tcp"},
		{with("clients", int64(1), "requests", int64(1), "url", "tcp://server:80", "headers", with("a", "b")),
			"headers are for http://, not for tcp://"},
		{with("clients", int64(1), "requests", int64(1), "url", "tcp://server:80/path"),
			`url "tcp://server:80/path": tcp:// has no path, got "/path"`},
		{with("clients", int64(1), "requests", int64(1), "url", "tcp://server"),
			`url "tcp://server": want a port, as in tcp://server:8080`},
		{with("clients", int64(1), "requests", int64(1), "url", "http://sever"), "no such node"},
		{with("per_second", 10.0, "requests", int64(10), "url", "udp://sever:80"), "no such node"},
	} {
		args := test.args
		if _, ok := args.Lookup("url"); !ok {
			args = append(args, with("url", "http://server:80")...)
		}
		expect := misuse(test.wants)
		if test.wants == "no such node" {
			expect = failed(test.wants)
		}
		want(t, test.wants, b.Call("client", "drive", args), expect)
	}
}
