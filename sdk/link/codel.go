package link

import (
	"fmt"
	"time"
)

// Codel is a queue that keeps its delay short: it drops what has waited for long (CoDel, RFC 8289). The zero Codel is none.
type Codel struct {
	Target time.Duration // how long what is sent may wait; when all has waited longer for 100 ms, some is dropped
	Limit  int64         // bytes that may wait; more datagrams are dropped as they come
}

// DefaultCodel is what a script means that says no more than codel().
var DefaultCodel = Codel{Target: 5 * time.Millisecond, Limit: 1 << 20}

// String reads as a script would write it: "codel(5ms, 1MiB)".
func (c Codel) String() string {
	return fmt.Sprintf("codel(%s, %s)", notation(c.Target), sizeText(c.Limit))
}

func sizeText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%dMiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%dKiB", n>>10)
	}
	return fmt.Sprint(n)
}

// Validate says which parameter is outside its range, with its value.
func (c Codel) Validate() error {
	switch {
	case c.Target <= 0:
		return fmt.Errorf("%v: target is %s, want more than 0s", c, notation(c.Target))
	case c.Limit <= 0:
		return fmt.Errorf("%v: limit is %d bytes, want more than 0", c, c.Limit)
	}
	return nil
}
