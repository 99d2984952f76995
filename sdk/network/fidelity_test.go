package network

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

var update = flag.Bool("update", false, "write the tables of the page anew; read them before you commit them")

const page = "../../lab/docs/fidelity.md"

// table is one of the page: its head says which. What is measured is checked where it has a bound, and then shown.
type table struct {
	t    *testing.T
	text strings.Builder
}

func (b *table) row(cells ...string) {
	fmt.Fprintf(&b.text, "| %s |\n", strings.Join(cells, " | "))
}

func (b *table) head(cells ...string) {
	b.row(cells...)
	b.text.WriteString("|" + strings.Repeat("---|", len(cells)) + "\n")
}

// near checks what was measured and returns both for the page.
func (b *table) near(what string, got, want, by float64) (string, string) {
	b.t.Helper()
	if got < want*(1-by) || got > want*(1+by) {
		b.t.Errorf("%s: measured %v, want %v within %v %%", what, got, want, 100*by)
	}
	return digits(want), digits(got)
}

// digits is a number as the page shows it.
func digits(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x >= 0.1:
		return fmt.Sprintf("%.3f", x)
	}
	return fmt.Sprintf("%.5f", x)
}

// TestFidelity measures what the page shows. The page has every table as it is made here, in any place.
func TestFidelity(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, measure := range []func(*table){
		randomLoss, periodicLoss, slowStart, sharing, waiting, losing, jitters, bloat, longPipe, kernelCurve, kernelLoss,
	} {
		b := &table{t: t}
		measure(b)
		text = b.put(text)
	}
	if *update {
		err = os.WriteFile(page, []byte(text), 0o644)
	} else if text != string(raw) {
		t.Errorf("%s shows other numbers than are measured: see with -update", page)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// put replaces the table of the same head in a text.
func (b *table) put(text string) string {
	made := b.text.String()
	head, _, _ := strings.Cut(made, "\n")
	begin := strings.Index(text, "\n"+head+"\n") + 1
	if begin == 0 {
		b.t.Errorf("the page has no table %q", head)
		return text
	}
	end := begin
	for strings.HasPrefix(text[end:], "|") {
		end += strings.IndexByte(text[end:], '\n') + 1
	}
	return text[:begin] + made + text[end:]
}

// upload is a lab with so many flows from a to b that always have more to send, 137 ms apart: flows that begin together
// lock into one rhythm.
func upload(t *testing.T, p link.Profile, controls ...tcp.Congestion) (*lab, []*socket) {
	l := newLab(t, p, link.Profile{Latency: p.Latency})
	var flows []*socket
	for _, c := range controls {
		set := tcp.Default
		set.Congestion = c
		l.SetTCP(l.a, set)
		s := l.knock()
		s.more = 1 << 50
		flows = append(flows, s)
		l.pass(137 * ms)
	}
	return l, flows
}

// carried is how many bytes each flow gets through between two instants.
func (l *lab) carried(flows []*socket, from, to time.Duration) []float64 {
	got := make([]float64, len(flows))
	l.Run(from)
	for i, s := range flows {
		got[i] = -float64(s.end.Peer().InOrder())
	}
	l.Run(to)
	for i, s := range flows {
		got[i] += float64(s.end.Peer().InOrder())
	}
	return got
}

// window is the average congestion window of one flow, in segments, as its throughput says.
func (l *lab) window(flows []*socket, from, to, rtt time.Duration) float64 {
	return l.carried(flows, from, to)[0] / tcp.MSS * rtt.Seconds() / (to - from).Seconds()
}

func latency(d time.Duration) link.Draw { return link.NewFixed(d) }

func mbit(bytes float64, d time.Duration) float64 { return bytes * 8 / d.Seconds() / 1e6 }
