package pcap

import (
	"math"
	"sort"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

// cuts are the faults of each link, in order of their beginning.
type cuts map[[2]string][]cut

type cut struct {
	*result.Span
	last time.Duration // until which it or one before it is in force
}

func cutsOf(spans []result.Span) cuts {
	c := cuts{}
	for i := range spans {
		s := &spans[i]
		for _, link := range s.Links {
			last := s.To
			if last == 0 {
				last = math.MaxInt64
			}
			if n := len(c[link]); n > 0 {
				last = max(last, c[link][n-1].last)
			}
			c[link] = append(c[link], cut{s, last})
		}
	}
	return c
}

// at is the first fault of a link that is in force at an instant; nil if none is.
func (c cuts) at(link [2]string, when time.Duration) *result.Span {
	list := c[link]
	i := sort.Search(len(list), func(i int) bool { return list[i].last >= when })
	if i == len(list) || list[i].From > when {
		return nil
	}
	return list[i].Span
}
