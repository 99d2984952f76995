package plot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

func TestWordsOfOperationsDoNotPrintOverEachOther(t *testing.T) {
	h := &result.History{}
	for i := range 40 {
		at := time.Duration(2*i+2) * ms
		h.Operations = append(h.Operations, result.Operation{
			Client: "c", Text: fmt.Sprintf("propose set x = %d -> done", i), From: at, To: at + ms, Status: "ok", Bad: i%3 == 0,
		})
	}
	taken, words := map[string][]stretch{}, 0
	for _, e := range elements(t, History(&result.Story{History: h}, View{})) {
		if class := e.attrs["class"]; e.name != "text" || len(class) < 4 || class[:4] != "word" {
			continue
		}
		words++
		x, row := e.num(t, "x"), e.attrs["y"]
		here := stretch{x, x + wide(e.text)}
		if here.over(taken[row]) {
			t.Errorf("%s stands at %v, where other words are", e.text, x)
		}
		taken[row] = append(taken[row], here)
	}
	if words == 0 {
		t.Error("no words")
	}
}

// A client's name stands beside its row, and what contradicts each other is named: words of one must not hide the other.
func TestWordsOfAContradictionLeaveClientsAndItsOtherBarsFree(t *testing.T) {
	h := &result.History{Operations: []result.Operation{
		{Client: "c", Text: `put("x", "a long value")`, From: 0, To: 2 * ms, Status: "ok"},
		{Client: "c", Text: `put("x", "user2-8")`, From: 80 * ms, To: 82 * ms, Status: "ok", Bad: true},
		{Client: "c", Text: `get("x") -> "user2-4"`, From: 84 * ms, To: 86 * ms, Status: "ok", Bad: true},
		{Client: "c", Text: "incr", From: 97 * ms, To: 100 * ms, Status: "ok"},
	}}
	svg := History(&result.Story{History: h}, View{To: 100 * ms})
	for _, o := range h.Operations[1:3] {
		find(t, svg, "text", o.Text)
	}
	for _, e := range elements(t, svg) {
		if e.name == "text" && strings.HasPrefix(e.attrs["class"], "word") && e.num(t, "x") < Left {
			t.Errorf("%s stands where the client is named", e.text)
		}
	}
}
