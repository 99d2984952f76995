package story

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// split is a run with all that a trace can show.
func split() *result.Run {
	r := vote()
	r.Checks[0].Pos, r.Checks[0].Source = trouble.Position{File: "a/x.star", Line: 9}, "check(b.leads)"
	r.Story.Spans[1].Pos = trouble.Position{File: "a/x.star", Line: 7}
	r.Story.Moments = append(r.Story.Moments,
		result.Moment{Number: 9, At: 8 * ms, Node: "a", Class: "fault", Name: "cut", Fields: []result.Part{{Text: "to", Value: "c"}}},
		result.Moment{Number: 14, At: 8 * ms, Node: "c", Class: "fault", Name: "killed"}, // of a span: crash(power = False)
		result.Moment{Number: 10, At: 9 * ms, Node: "b", Class: "fault", Name: "reset"})
	r.Story.Spans[1].Links = [][2]string{{"a", "c"}, {"c", "a"}}
	r.Story.Packets = append(r.Story.Packets,
		result.Packet{Number: 11, Kind: "datagram", Type: "late", From: "b", To: "a", Sent: 39 * ms, Arrives: []time.Duration{44 * ms}},
		result.Packet{Number: 12, Kind: "ack", From: "c", To: "b", Sent: 11 * ms, Arrives: []time.Duration{12 * ms}},
		result.Packet{Number: 13, Kind: "data", Size: 20, From: "b", To: "c", Sent: 33 * ms, Lost: "loss", Again: 1})
	return r
}

func TestATraceHasALineForEachEndOfWhatWasSent(t *testing.T) {
	r := split()
	want := `  trace of b
    0.008s     ||     x.star:7  cut a, c
    0.009s  b  ||     reset
    0.010s  a         became_candidate term=2
    0.010s  a  ->  b  vote
    0.013s  b  <-  c  data 1 byte
    0.015s  b  <-  a  vote
    0.015s  b         voted
    0.020s     *      mark
    0.033s  b  x   c  data 20 bytes, sent again, lost (loss)
    0.039s  b  ->  a  late, still on the way
    0.040s     ✗      x.star:9  check(b.leads)
`
	if diff := cmp.Diff(want, result.Text{}.Trace("trace of b", Of(r).Lines(r, 20))); diff != "" {
		t.Error(diff)
	}
}

func TestTheNodesOfATraceCanBeNamed(t *testing.T) {
	r := split()
	want := `  trace of c
    0.010s  a  x   c  vote, lost (cut)
    0.012s  c  ->  b  data 1 byte, arrives 2 times
    0.020s     *      mark
    0.030s  c         elsewhere
    0.033s  b  x   c  data 20 bytes, sent again, lost (loss)
    0.040s     ✗      x.star:9  check(b.leads)
`
	if diff := cmp.Diff(want, result.Text{}.Trace("trace of c", Of(r, "c").Lines(r, 6))); diff != "" {
		t.Error(diff)
	}
}
