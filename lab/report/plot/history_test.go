package plot

import (
	"fmt"
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
