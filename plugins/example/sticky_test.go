package example

import (
	"math/rand/v2"
	"testing"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
)

func request(cookie string) *strategy.Request {
	return &strategy.Request{Rand: rand.New(rand.NewPCG(1, 1)), Header: func(name string) string {
		if name == "Cookie" {
			return cookie
		}
		return ""
	}}
}

func TestAClientStaysWithTheBackendOfItsCookie(t *testing.T) {
	s := newSticky(1).(*sticky)
	a, b := strategy.NewBackend("a", 1), strategy.NewBackend("b", 1)
	s.Update([]*strategy.Backend{a, b})
	for range 3 {
		a.Picked() // the least busy is b
	}
	if got := s.Pick(request("x=1; lab-backend=a")); got != a {
		t.Errorf("a client of a was sent to %v", got)
	}
	if got := s.Pick(request("lab-backend=nobody")); got != b {
		t.Errorf("a cookie that names nobody: sent to %v, want the least busy", got)
	}
	s.Update([]*strategy.Backend{b})
	if got := s.Pick(request("lab-backend=a")); got != b {
		t.Errorf("a has left, but the client was sent to %v", got)
	}
}

func TestACookieIsGivenOnceAndWhenItsBackendHasChanged(t *testing.T) {
	s := newSticky(1).(*sticky)
	a := strategy.NewBackend("a", 1)
	for cookie, want := range map[string]string{
		"":              "lab-backend=a; Path=/; HttpOnly",
		"lab-backend=b": "lab-backend=a; Path=/; HttpOnly",
		"lab-backend=a": "",
	} {
		if _, value := s.Mark(request(cookie), a); value != want {
			t.Errorf("to a client with %q: %q, want %q", cookie, value, want)
		}
	}
}
