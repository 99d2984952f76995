package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"sort"
	"time"
)

// Bounds of the data in a page.
const (
	mostData = 10 << 20 // bytes, compressed and as base64, of all runs
	mostRows = 100000   // of a run
	quick    = 3        // level of compression: half of the time of the usual one, a tenth more bytes
)

var errFull = errors.New("more than the page may hold")

// encode writes the diagram as compressed JSON in base64, of at most so many bytes. Rows far from the failure are left
// out until it fits.
func (d *diagram) encode(most int) ([]byte, error) {
	for rows := min(mostRows, max(len(d.Rows), 1)); rows > 0; rows /= 2 {
		if text, err := d.keep(rows).text(most); !errors.Is(err, errFull) {
			return text, err
		}
	}
	return (&diagram{At: d.At, When: d.When, Until: d.Until, End: d.End, Failed: d.Failed, Omitted: len(d.Rows), Knots: d.Knots[:1]}).text(1 << 20)
}

func (d *diagram) text(most int) ([]byte, error) {
	var text bytes.Buffer
	base := base64.NewEncoder(base64.StdEncoding, &limited{&text, most})
	zip, err := gzip.NewWriterLevel(base, quick)
	if err != nil {
		return nil, err
	}
	err = errors.Join(json.NewEncoder(zip).Encode(d), zip.Close(), base.Close())
	return text.Bytes(), err
}

// limited takes so many bytes.
type limited struct {
	to   *bytes.Buffer
	left int
}

func (l *limited) Write(text []byte) (int, error) {
	if l.left -= len(text); l.left < 0 {
		return 0, errFull
	}
	return l.to.Write(text)
}

// keep is the diagram with at most so many rows: its causes, what is drawn when streams are folded, nearest to the failure
// first, and then segments of streams.
func (d *diagram) keep(most int) *diagram {
	kept := *d
	kept.Whole[1] = d.End
	if len(d.items) > min(drawn, most) {
		kept.levels()
	} else {
		kept.Levels = [][]fold{}
	}
	if len(d.Rows) <= most {
		kept.only(slices.Repeat([]bool{true}, len(d.Rows)))
		return &kept
	}
	kept.Knots = thinned(d.Knots, 2*most+100)
	chosen, whole := d.choose(most)
	kept.Whole, kept.Omitted = whole, len(d.Rows)-most
	kept.only(chosen)
	return &kept
}

// choose takes so many rows, and tells of which stretch of time it has taken all that is drawn.
func (d *diagram) choose(most int) (chosen []bool, whole [2]time.Duration) {
	chosen, whole = make([]bool, len(d.Rows)), [2]time.Duration{d.Until, d.Until}
	order := d.outward()
	for pass, wanted := range []func(int) bool{
		func(i int) bool { return d.Rows[i].Bold },
		func(i int) bool { return d.Rows[i].Band < 0 || d.Bands[d.Rows[i].Band].Lead == i },
		func(int) bool { return true },
	} {
		near := [2]time.Duration{d.Until, d.Until}
		for _, i := range order {
			if chosen[i] || !wanted(i) {
				continue
			}
			if most--; most < 0 {
				if pass == 1 {
					whole = near
				}
				return chosen, whole
			}
			chosen[i] = true
			near[0], near[1] = min(near[0], d.Rows[i].At), max(near[1], d.Rows[i].At)
		}
		if pass == 1 {
			whole = [2]time.Duration{0, d.End}
		}
	}
	return chosen, whole
}

// outward are the rows from the failure backwards, and one behind it for every four before.
func (d *diagram) outward() []int {
	before := sort.Search(len(d.Rows), func(i int) bool { return d.Rows[i].At > d.Until }) - 1
	after := before + 1
	order := make([]int, 0, len(d.Rows))
	for len(order) < len(d.Rows) {
		for n := 0; n < 4 && before >= 0; n++ {
			order = append(order, before)
			before--
		}
		if after < len(d.Rows) {
			order = append(order, after)
			after++
		}
	}
	return order
}

// only leaves out what was not chosen, and adds their texts to the rows.
func (d *diagram) only(chosen []bool) {
	rows := renumbered(len(d.Rows), func(i int) bool { return chosen[i] })
	bands := renumbered(len(d.Bands), func(i int) bool { return chosen[d.Bands[i].Lead] })
	keptRows := []row{}
	for i, r := range d.Rows {
		if !chosen[i] {
			continue
		}
		if r.Cause >= 0 {
			r.Cause = rows[r.Cause]
		}
		if r.Band >= 0 {
			r.Band = bands[r.Band]
		}
		keptRows = append(keptRows, r.told())
	}
	keptBands := []band{}
	for i, b := range d.Bands {
		if bands[i] >= 0 {
			b.Lead = rows[b.Lead]
			keptBands = append(keptBands, b)
		}
	}
	d.Rows, d.Bands = keptRows, keptBands
}

// renumbered are the new places of what is kept, -1 for what is not.
func renumbered(n int, kept func(int) bool) []int {
	to, next := make([]int, n), 0
	for i := range to {
		if to[i] = -1; kept(i) {
			to[i] = next
			next++
		}
	}
	return to
}
