package example

import (
	"net/http"
	"sync/atomic"

	"github.com/netlab-dev/netlab/plugins/balancer"
	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
)

// stickyKind is lab's balancer with the strategy "sticky" beside its own.
func stickyKind() sdk.Kind {
	return balancer.Kind("sticky-balancer", balancer.Named{
		Name: "sticky", Doc: "a client stays with the server that its cookie names; new ones go to the least busy",
		New: newSticky,
	})
}

// cookie is the name of the cookie whose value is the name of a backend.
const cookie = "lab-backend"

// sticky sends a client back to the backend that has answered it first, as long as that may be picked.
type sticky struct {
	strategy.Strategy // picks for clients without a cookie
	backends          atomic.Pointer[map[string]*strategy.Backend]
}

func newSticky(seed uint64) strategy.Strategy {
	others, _ := strategy.Find(strategy.All(), "least_connections") // which is always there
	return &sticky{Strategy: others.New(seed)}
}

// Update learns which backends may be picked.
func (s *sticky) Update(backends []*strategy.Backend) {
	byName := make(map[string]*strategy.Backend, len(backends))
	for _, b := range backends {
		byName[b.Name] = b
	}
	s.backends.Store(&byName)
	s.Strategy.Update(backends)
}

// Pick obeys the cookie. What it says comes from outside: it is only ever looked up.
func (s *sticky) Pick(r *strategy.Request) *strategy.Backend {
	if b := (*s.backends.Load())[named(r)]; b != nil {
		return b
	}
	return s.Strategy.Pick(r)
}

// Mark gives a client its cookie, and a new one when its backend has changed.
func (s *sticky) Mark(r *strategy.Request, b *strategy.Backend) (field, value string) {
	if named(r) == b.Name {
		return "", ""
	}
	return "Set-Cookie", (&http.Cookie{Name: cookie, Value: b.Name, Path: "/", HttpOnly: true}).String()
}

// named is the backend that the request's cookie names, "" for none.
func named(r *strategy.Request) string {
	if r.Header == nil { // in TCP mode
		return ""
	}
	cookies, _ := http.ParseCookie(r.Header("Cookie")) // one that cannot be read counts as none
	for _, c := range cookies {
		if c.Name == cookie {
			return c.Value
		}
	}
	return ""
}
