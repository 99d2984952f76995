// Package story finds what matters in the course of a run: which moments and packets its failure followed from, and
// which are worth showing beside them. It knows no engine and no form of output; the report and the trace in the
// terminal show the same selection.
package story

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/lab/result"
)

// Row is one line of a story: a moment or a packet, the other is nil.
type Row struct {
	*result.Moment
	*result.Packet
}

// Rows are all moments and packets, in order of time; those of one instant in order of their numbers.
func Rows(s *result.Story) []Row {
	rows := make([]Row, 0, len(s.Moments)+len(s.Packets))
	for i := range s.Moments {
		rows = append(rows, Row{Moment: &s.Moments[i]})
	}
	for i := range s.Packets {
		rows = append(rows, Row{Packet: &s.Packets[i]})
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Time(), b.Time()), cmp.Compare(a.ID(), b.ID()))
	})
	return rows
}

// ID is the row's number, which no other row of the run has.
func (r Row) ID() uint64 {
	if r.Moment != nil {
		return r.Moment.Number
	}
	return r.Packet.Number
}

// Why is what the row followed from.
func (r Row) Why() result.Why {
	if r.Moment != nil {
		return r.Moment.Why
	}
	return r.Packet.Why
}

// Time is when the row begins: that of a moment, or when a packet was sent.
func (r Row) Time() time.Duration {
	if r.Moment != nil {
		return r.At
	}
	return r.Sent
}

// Nodes are those that the row is about: none, one, or sender and receiver.
func (r Row) Nodes() []string {
	switch {
	case r.Packet != nil:
		return []string{r.From, r.To}
	case r.Node == "":
		return nil
	}
	return []string{r.Node}
}

// Text is the row in one line, without its time and nodes: became_leader term=2, append term=2, data 1448 bytes.
func (r Row) Text() string {
	switch {
	case r.Moment != nil && r.Class == "call":
		return call(r.Moment)
	case r.Moment != nil:
		return withFields(r.Name, r.Moment.Fields)
	}
	text := withFields(cmp.Or(r.Type, r.Kind), r.Packet.Fields)
	if r.Type == "" && r.Size > 0 {
		text += " " + result.Count(r.Size, "byte")
	}
	if said := r.Words(mostWords); said != "" {
		text += " " + strconv.Quote(said)
	}
	switch {
	case r.Fin && r.Size == 0:
		text = "fin"
	case r.Fin:
		text += ", fin"
	}
	if r.Again > 0 {
		text += ", sent again"
	}
	return text
}

// mostWords bounds the words of a packet in its text, in letters.
const mostWords = 40

// Words are the first line of the payload of a packet that is no message, if that begins with text; at most so many letters.
func (r Row) Words(most int) string {
	if r.Packet == nil || r.Type != "" {
		return ""
	}
	line, _, whole := strings.Cut(string(r.Data), "\n")
	line = strings.TrimRight(line, "\r")
	var said strings.Builder
	for i, letter := range line {
		switch {
		case letter == utf8.RuneError && !whole && len(line)-i < utf8.UTFMax: // a letter was cut in two
			return said.String()
		case letter == utf8.RuneError || !unicode.IsPrint(letter):
			return ""
		case most == 0:
			return said.String() + "…"
		}
		said.WriteRune(letter)
		most--
	}
	return said.String()
}

// Fate is what became of a packet: lost (cut), twice, or nothing worth a word. A moment has none.
func (r Row) Fate() string {
	switch {
	case r.Packet == nil:
		return ""
	case r.Lost != "":
		return "lost (" + r.Lost + ")"
	case len(r.Arrives) > 1:
		return "arrives " + result.Count(len(r.Arrives), "time")
	}
	return ""
}

func withFields(name string, fields []result.Part) string {
	var b strings.Builder
	b.WriteString(name)
	for _, f := range fields {
		b.WriteString(" " + f.Text + "=" + f.Value)
	}
	return b.String()
}
