package report

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
)

// band is a stretch of a stream: data of one connection in one direction, without a pause between.
type band struct {
	From    int           `json:"n"`
	To      int           `json:"o"`
	Sent    time.Duration `json:"a"` // of the first segment
	Until   time.Duration `json:"z"` // when the last was sent
	First   time.Duration `json:"r"` // when the first arrived
	Last    time.Duration `json:"s"` // when the last arrived
	Bytes   int           `json:"bytes"`
	Count   int           `json:"count"` // segments
	Again   int           `json:"again,omitempty"`
	Lost    int           `json:"lost,omitempty"`
	Acks    int           `json:"acks,omitempty"` // that came back
	Bold    bool          `json:"b,omitempty"`
	Lead    int           `json:"lead"` // the segment that stands for it: the first that is a cause, else the first
	Conn    uint64        `json:"conn"`
	Text    string        `json:"x"`
	resent  int           // bytes
	words   string        // that the first segment begins with
	arrived bool
	flight  time.Duration // of the latest that has arrived
}

// item is what is drawn when streams are folded: a row or a band.
type item struct {
	at, end  time.Duration
	node, to int
	lost     bool
	bold     bool
}

// pause is the shortest time without a segment that ends a band; where packets take longer on their way, that time does.
// So the requests of a client that waits for each reply are told apart, and so are the windows of a stream that waits for
// acknowledgements.
const pause = time.Millisecond

// direction is one of a connection.
type direction struct {
	conn uint64
	back bool
}

// fold puts the segments of streams into bands. What opens and resets a connection stays a row, and so does an
// acknowledgement that is a cause.
func (d *diagram) fold(all []story.Row) {
	open := map[direction]int{} // the latest band
	d.Bands = []band{}
	for i := range all {
		p := all[i].Packet
		if p == nil || p.Conn == 0 || p.Kind != "data" && p.Kind != "ack" {
			continue
		}
		way := direction{p.Conn, p.Back != (p.Kind == "ack")} // an acknowledgement belongs to what it answers
		at, known := open[way]
		switch {
		case p.Kind == "ack" && !known:
			continue
		case p.Kind == "ack":
			if d.Bands[at].Acks++; d.Rows[i].Bold { // a cause is drawn, and the band's arrow is no picture of it
				continue
			}
		case !known || p.Sent-d.Bands[at].Until > max(pause, d.Bands[at].flight):
			at = len(d.Bands)
			d.Bands = append(d.Bands, band{From: d.Rows[i].Node, To: d.Rows[i].To, Sent: p.Sent, Lead: i, Conn: p.Conn})
			open[way] = at
			fallthrough
		default:
			d.Bands[at].add(p)
		}
		d.Rows[i].Band = at
		d.bolden(at, i)
	}
	d.list()
}

func (b *band) add(p *result.Packet) {
	b.Until = p.Sent
	if b.Count++; b.Count == 1 {
		b.words = story.Row{Packet: p}.Words(mostWords)
	}
	if p.Again > 0 {
		b.Again++
		b.resent += p.Size
	} else {
		b.Bytes += p.Size
	}
	if p.Lost != "" {
		b.Lost++
	}
	for _, t := range p.Arrives {
		if !b.arrived {
			b.First, b.arrived = t, true
		}
		b.Last, b.flight = max(b.Last, t), t-p.Sent
	}
}

func (d *diagram) bolden(at, row int) {
	if b := &d.Bands[at]; d.Rows[row].Bold && !b.Bold {
		b.Bold, b.Lead = true, row
	}
}

// list names the bands and brings rows and bands together into what is drawn.
func (d *diagram) list() {
	for i := range d.Bands {
		b := &d.Bands[i]
		if b.Last = max(b.Last, b.Until); !b.arrived {
			b.First = b.Until
		}
		if b.Bytes == 0 {
			b.Bytes = b.resent
		}
		b.Text = fmt.Sprintf("%s in %d", size(b.Bytes), b.Count)
		if b.Count == 1 {
			b.Text = size(b.Bytes)
			if b.Bytes == 0 && b.Again == 0 {
				b.Text = clip(d.Rows[b.Lead].from.Text(), maxText) // fin
			}
		}
		if b.words != "" {
			b.Text = b.words + ", " + b.Text
		}
		if b.Again > 0 {
			b.Text += fmt.Sprintf(", %d sent again", b.Again)
		}
		if b.Lost > 0 {
			b.Text += fmt.Sprintf(", %d lost", b.Lost)
		}
	}
	begun := 0 // bands are in the order of their first rows
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.Band < 0 {
			d.items = append(d.items, item{r.At, r.end(), r.Node, r.To, r.Lost != "", r.Bold})
		} else if r.Band == begun {
			b := &d.Bands[begun]
			d.items = append(d.items, item{b.Sent, b.Last, b.From, b.To, b.Lost > 0, b.Bold})
			begun++
		}
	}
}

func size(bytes int) string {
	switch {
	case bytes >= 10<<20:
		return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20))
	case bytes >= 10<<10:
		return fmt.Sprintf("%.0f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%d B", bytes)
}
