package engine

import (
	"errors"
	"fmt"
	"time"
)

// What no honest plugin says, in the same words for both engines.

var errUnasked = errors.New("it closed the world unasked")

func notMade(id ID) error { return fmt.Errorf("a reply to call %d, which was not made", id) }

func repeated(id ID) error { return fmt.Errorf("a second reply to call %d", id) }

// between refuses a time at which what a plugin tells cannot have happened.
func between(what string, at, low, high time.Duration) error {
	if at < low || at > high {
		return fmt.Errorf("%s at an impossible time: %v is not between %v and %v", what, at, low, high)
	}
	return nil
}
