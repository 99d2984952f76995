package value

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/netlab-dev/netlab/sdk/link"
)

func TestHeadsComeBackAsTheyWent(t *testing.T) {
	heads := []Head{
		{Type: "ping"},
		{Type: "append", Fields: Fields{
			{Name: "term", Value: int64(4)}, {Name: "below", Value: int64(-1)}, {Name: "ok", Value: true}, {Name: "no",
				Value: false},
			{Name: "load", Value: 0.25}, {Name: "who", Value: "n1"}, {Name: "raw", Value: []byte{1, 2}}, {Name: "none",
				Value: nil},
			{Name: "wait", Value: 5 * time.Second}, {Name: "speed", Value: link.Rate(1000)}, {Name: "at", Value: Addr("n1:80")},
			{Name: "node", Value: Node("n2")}, {Name: "list", Value: []any{int64(1), []any{}}},
			{Name: "dict", Value: Fields{{Name: "x", Value: int64(1)}}},
		}},
		{Type: strings.Repeat("long", 10000)},
	}
	for _, want := range heads {
		data, err := AppendHead([]byte("before"), want)
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, "payload"...)
		got, size, err := ParseHead(data[len("before"):])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if rest := string(data[len("before")+size:]); rest != "payload" {
			t.Errorf("payload %q", rest)
		}
	}
}

func TestHeadsTakePlainGoTypes(t *testing.T) {
	type term uint64
	data, err := AppendHead(nil, Head{Type: "x", Fields: Fields{{Name: "a", Value: 1}, {Name: "b", Value: term(2)}}})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := ParseHead(data)
	want := Fields{{Name: "a", Value: int64(1)}, {Name: "b", Value: int64(2)}}
	if diff := cmp.Diff(want, got.Fields); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestWhatNoHeadCanHoldIsRefused(t *testing.T) {
	deep := any(int64(1))
	for range headDepth + 1 {
		deep = []any{deep}
	}
	for want, h := range map[string]Head{
		"a message needs a type": {},
		"cannot stand":           {Type: "x", Fields: Fields{{Name: "d", Value: link.Draw{}}}},
		"deeper than 8":          {Type: "x", Fields: Fields{{Name: "d", Value: deep}}},
		"cannot travel":          {Type: "x", Fields: Fields{{Name: "c", Value: make(chan int)}}},
		"too large":              {Type: "x", Fields: Fields{{Name: "t", Value: make([]byte, 1<<21)}}},
	} {
		if _, err := AppendHead(nil, h); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

func TestNoPrefixOfAHeadIsAHead(t *testing.T) {
	data, err := AppendHead(nil, Head{Type: "append", Fields: Fields{{Name: "term", Value: int64(4000)}}})
	if err != nil {
		t.Fatal(err)
	}
	for n := range data {
		if _, _, err := ParseHead(data[:n]); !errors.Is(err, ErrNoMessage) {
			t.Errorf("%d of %d bytes: got error %v, want ErrNoMessage", n, len(data), err)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	seed, err := AppendHead(nil, Head{Type: "append", Fields: Fields{
		{Name: "term", Value: int64(4)}, {Name: "l", Value: []any{"x", 0.5, Fields{{Name: "y", Value: nil}}}},
	}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{headMark0, headMark1, headVersion, 3, 1, 'x', 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		head, size, err := ParseHead(data)
		if err != nil {
			if !errors.Is(err, ErrNoMessage) {
				t.Fatalf("got error %v, want ErrNoMessage", err)
			}
			return
		}
		if size > len(data) {
			t.Fatalf("size %d of %d bytes", size, len(data))
		}
		again, err := AppendHead(nil, head)
		if err != nil {
			t.Fatalf("%+v was parsed, but cannot be written: %v", head, err)
		}
		back, _, err := ParseHead(again)
		if err != nil || !cmp.Equal(head, back, cmp.Comparer(sameFloat)) {
			t.Fatalf("%v\n%s", err, cmp.Diff(head, back, cmp.Comparer(sameFloat)))
		}
	})
}

func sameFloat(a, b float64) bool { return a == b || a != a && b != b }

func BenchmarkHeadThereAndBack(b *testing.B) {
	h := Head{Type: "append", Fields: Fields{{Name: "term", Value: int64(4)}, {Name: "prev", Value: int64(1000)}}}
	var data []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if data, err = AppendHead(data[:0], h); err != nil {
			b.Fatal(err)
		}
		if _, _, err = ParseHead(data); err != nil {
			b.Fatal(err)
		}
	}
}
