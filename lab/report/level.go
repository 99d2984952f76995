package report

import (
	"cmp"
	"slices"
	"time"
)

// drawn is how many things the page draws at once. Where a window holds more it draws a level of detail.
const drawn = 10000

// fold is what happened on one node, or was sent between two, within a stretch of time.
type fold struct {
	From  time.Duration `json:"a"`
	To    time.Duration `json:"z"`
	Node  int           `json:"n"`
	Peer  int           `json:"o"` // -1: moments of the node
	Count int           `json:"c"`
	Lost  int           `json:"d,omitempty"`
	Bold  bool          `json:"b,omitempty"`
}

// mostFolds bounds a level: finer ones are left out.
const mostFolds = 10 * drawn

// mostPairs is how many arrows a stretch of time has, those with the most packets. The others count with their senders.
const mostPairs = 48

// levels makes coarser and coarser pictures of what is too much to draw, until one can be drawn whole.
func (d *diagram) levels() {
	d.Levels = [][]fold{}
	for group := 64; ; group *= 4 {
		var level []fold
		for at := 0; at < len(d.items); at += group {
			level = append(level, folded(d.items[at:min(at+group, len(d.items))])...)
		}
		if len(level) <= mostFolds {
			d.Levels = append(d.Levels, level)
		}
		if len(level) <= drawn || group > len(d.items) {
			return
		}
	}
}

// folded are items that follow each other, by node and pair.
func folded(items []item) []fold {
	at := map[[2]int]*fold{}
	for _, it := range items {
		key := [2]int{it.node, it.to}
		f := at[key]
		if f == nil {
			f = &fold{From: it.at, Node: it.node, Peer: it.to}
			at[key] = f
		}
		f.Count++
		f.To, f.Bold = max(f.To, it.end), f.Bold || it.bold
		if it.lost {
			f.Lost++
		}
	}
	folds := make([]fold, 0, len(at))
	for _, f := range at {
		folds = append(folds, *f)
	}
	slices.SortFunc(folds, func(a, b fold) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Peer, b.Peer))
	})
	pairs := 0
	for i := 0; i < len(folds); i++ {
		if f := folds[i]; f.Peer >= 0 && pairs == mostPairs {
			folds = withSender(slices.Delete(folds, i, i+1), f)
			i--
		} else if f.Peer >= 0 {
			pairs++
		}
	}
	slices.SortStableFunc(folds, func(a, b fold) int { return cmp.Compare(a.From, b.From) })
	return folds
}

// withSender counts a fold with those of its sender.
func withSender(folds []fold, f fold) []fold {
	for i := range folds {
		if to := &folds[i]; to.Node == f.Node && to.Peer < 0 {
			to.Count, to.Lost, to.Bold = to.Count+f.Count, to.Lost+f.Lost, to.Bold || f.Bold
			to.From, to.To = min(to.From, f.From), max(to.To, f.To)
			return folds
		}
	}
	f.Peer = -1
	return append(folds, f)
}
