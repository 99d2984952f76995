package report

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
)

// mostWords bounds what is shown of a payload's text, in letters.
const mostWords = 24

// label is the text of a row where there is little room: what decides comes first, and long numbers are cut in their
// middle. Everything else of the page has the row as it is.
func label(r story.Row) string {
	switch {
	case r.Packet != nil && r.Words(mostWords) != "":
		p := *r.Packet
		p.Data = nil
		return r.Words(mostWords) + ", " + story.Row{Packet: &p}.Text()
	case r.Packet != nil && len(r.Packet.Fields) > 1:
		p := *r.Packet
		p.Fields = decisive(p.Fields)
		r.Packet = &p
	case r.Moment != nil && r.Class != "call":
		m := *r.Moment
		m.Fields = decisive(m.Fields)
		r.Moment = &m
	}
	return long.ReplaceAllStringFunc(r.Text(), func(n string) string { return n[:4] + "…" + n[len(n)-4:] })
}

// short is what a packet is in its fewest words: the type of a message, the first line of a payload, or the kind with its size.
func short(r story.Row) string {
	if words := r.Words(mostWords); words != "" {
		return words
	}
	if r.Type != "" {
		return r.Type
	}
	p := *r.Packet
	p.Fields, p.Again = nil, 0
	return story.Row{Packet: &p}.Text()
}

// long are numbers and hashes of which nobody reads all digits.
var long = regexp.MustCompile(`\b[0-9a-f]{13,}\b`)

// rank orders fields: what an answer decides comes first, then the rest.
var rank = map[string]int{"ok": -1, "granted": -1, "success": -1}

// decisive are the fields by their rank. Of a connection the other end is told, not its own one.
func decisive(fields []result.Part) []result.Part {
	sorted := slices.SortedStableFunc(slices.Values(fields), func(a, b result.Part) int {
		return cmp.Compare(rank[a.Text], rank[b.Text])
	})
	if slices.ContainsFunc(sorted, func(p result.Part) bool { return p.Text == "remote" }) {
		return slices.DeleteFunc(sorted, func(p result.Part) bool { return p.Text == "local" })
	}
	return sorted
}
