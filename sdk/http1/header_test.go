package http1

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHopByHopFieldsStayBehind(t *testing.T) {
	h := Header{
		{"Host", "web"}, {"connection", "close, X-Mine,host"}, {"X-Mine", "1"}, {"x-mine", "2"}, {"Keep-Alive", "timeout=5"},
		{"Proxy-Connection", "keep-alive"}, {"TE", "trailers"}, {"Upgrade", "echo"}, {"Connection", "x-other"},
		{"X-Other", "3"}, {"X-Kept", "4"}, {"Trailer", "X-Sum"},
	}
	h.RemoveHopByHop()
	want := Header{{"Host", "web"}, {"X-Kept", "4"}, {"Trailer", "X-Sum"}}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFieldsKeepTheirOrderAndAreFoundInAnyCase(t *testing.T) {
	h := Header{{"A", "1"}, {"b", "2"}, {"a", "3"}}
	if h.Get("B") != "2" || h.Get("a") != "1" || h.Get("c") != "" || !h.Has("B") || h.Has("c") {
		t.Errorf("look-ups in %v", h)
	}
	if diff := cmp.Diff([]string{"1", "3"}, h.Values("A")); diff != "" {
		t.Errorf("values:\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{"A": {"1", "3"}, "B": {"2"}}, h.Map()); diff != "" {
		t.Errorf("map:\n%s", diff)
	}
	changed := h.Clone()
	changed.Set("a", "9")
	changed.Set("c", "4")
	changed.Del("B")
	if diff := cmp.Diff(Header{{"A", "9"}, {"c", "4"}}, changed); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	if diff := cmp.Diff(Header{{"A", "1"}, {"b", "2"}, {"a", "3"}}, h); diff != "" {
		t.Errorf("the original changed with its clone:\n%s", diff)
	}
}

func TestUpgradeCountsOnlyWhereConnectionListsIt(t *testing.T) {
	if got := (Header{{"Upgrade", "echo"}}).Upgrade(); got != "" {
		t.Errorf("got %q, want none", got)
	}
	if got := (Header{{"Connection", "keep-alive, UPGRADE"}, {"Upgrade", "echo"}}).Upgrade(); got != "echo" {
		t.Errorf("got %q, want echo", got)
	}
}
