package wire

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// travel sends a value over the wire in full: encoded and decoded.
func travel(t *testing.T, value any) any {
	t.Helper()
	data := EncodeValue(value)
	if len(data) == 0 {
		t.Errorf("%v has an empty form, as has no value at all", value)
	}
	got, err := DecodeValue(data)
	if err != nil {
		t.Fatalf("from the wire: %v", err)
	}
	return got
}

func TestEveryValueComesBackAsItWent(t *testing.T) {
	values := map[string]any{
		"none": nil, "true": true, "false": false, "zero": int64(0), "min": int64(math.MinInt64), "max": int64(math.MaxInt64),
		"float": 0.1, "infinite": math.Inf(-1), "text": "héllo", "empty text": "", "bytes": []byte{0, 255},
		"no bytes": []byte{},
		"duration": -3 * time.Millisecond, "rate": link.Mbit, "address": value.Addr("n1:80"), "node": value.Node("n1"),
		"draw":   link.Draw{Distribution: link.LogNormal, A: time.Second, B: 2, Shape: 0.5},
		"object": value.Object{Node: "n1", Incarnation: 3, ID: 7, Type: "conn"},
		"list":   []any{int64(1), "two", []any{}, nil},
		"fields": value.Fields{{Name: "b", Value: int64(1)}, {Name: "a", Value: value.Fields{{Name: "c", Value: true}}}},
	}
	for name, want := range values {
		if diff := cmp.Diff(want, travel(t, want)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTextThatIsNotUTF8TravelsAsBytes(t *testing.T) {
	if diff := cmp.Diff([]byte("a\xff"), travel(t, "a\xff")); diff != "" {
		t.Error(diff)
	}
	fields := ToFields(value.Fields{{Name: "n\xff", Value: value.Addr("\xff:1")}})
	if _, err := proto.Marshal(fields); err != nil {
		t.Errorf("names and addresses must always be fit for the wire: %v", err)
	}
}

func TestPlainGoTypesInsideFieldsAreAccepted(t *testing.T) {
	type point struct{ X, Y int }
	got := travel(t, value.Fields{{Name: "at", Value: point{1, 2}}, {Name: "n", Value: uint8(3)}})
	want := value.Fields{
		{Name: "at", Value: value.Fields{{Name: "x", Value: int64(1)}, {Name: "y", Value: int64(2)}}},
		{Name: "n", Value: int64(3)},
	}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotTravelPanicsAtTheSender(t *testing.T) {
	deep := any(int64(1))
	for range maxDepth + 1 {
		deep = []any{deep}
	}
	for name, value := range map[string]any{"channel": make(chan int), "function": func() {}, "too deep": deep} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: want a panic", name)
				}
			}()
			ToValue(value)
		}()
	}
}

func TestHostileValuesAreErrors(t *testing.T) {
	deep := &Value{Of: &Value_Integer{Integer: 1}}
	for range maxDepth + 1 {
		deep = &Value{Of: &Value_List{List: &List{Items: []*Value{deep}}}}
	}
	one := &Value{Of: &Value_None{None: true}}
	wide := &List{Items: make([]*Value, maxValues+1)}
	for i := range wide.Items {
		wide.Items[i] = one
	}
	tests := []struct {
		name, want string
		value      *Value
	}{
		{"absent", "does not know", nil},
		{"no member", "does not know", &Value{}},
		{"too deep", "deeper than 32", deep},
		{"too wide", "more than 1048576 parts", &Value{Of: &Value_List{List: wide}}},
		{"distribution", "distribution (99)", &Value{Of: &Value_Draw{Draw: &Draw{Distribution: 99}}}},
	}
	for _, test := range tests {
		_, err := FromValue(test.value)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error %v, want one with %q", test.name, err, test.want)
		}
	}
}

func TestProfilesAndEventsComeBackAsTheyWent(t *testing.T) {
	all := link.Profile{
		Latency: link.Draw{Distribution: link.Normal, A: 5, B: 1}, Jitter: link.Draw{A: 2}, Duplicate: 0.2,
		Reorder: 0.3, Corrupt: 0.4, Rate: link.Kbit, Queue: 9, MTU: 1500,
		Burst: link.Burst{Bad: 0.01, Good: 0.25, Loss: 1, Slot: 7},
	}
	for _, p := range []link.Profile{all, {Loss: 0.1}, {Codel: link.Codel{Target: 3, Limit: 4}}, {}} {
		if got, err := FromProfile(ToProfile(p)); err != nil || got != p {
			t.Errorf("profile: got %+v, %v, want %+v", got, err, p)
		}
	}
	for _, bad := range []value.Fields{
		{{Name: "weight", Value: 0.1}}, {{Name: "loss", Value: []any{"x", 0.5, 0.5, 0.5}}}, {{Name: "loss", Value: 7.0}},
		{{Name: "loss", Value: []any{0.1, 0.5, 1.0}}}, {{Name: "loss", Value: []any{time.Second, int64(1)}}},
		{{Name: "queue", Value: []any{time.Duration(0), int64(1)}}},
	} {
		if p, err := FromProfile(ToFields(bad)); err == nil {
			t.Errorf("%v is taken for the profile %+v", bad, p)
		}
	}
	e := value.Event{
		At: 5, Node: "n1", Seq: 9, Class: value.ClassConn, Name: "x", Fields: value.Fields{{Name: "a", Value: int64(1)}},
	}
	back, err := FromEvent(ToEvent(e))
	if diff := cmp.Diff(e, back); err != nil || diff != "" {
		t.Errorf("event: %v\n%s", err, diff)
	}
}

func FuzzFromValue(f *testing.F) {
	for _, v := range []any{nil, "x", int64(-1), []any{1.5, []byte("b")}, value.Fields{{Name: "a",
		Value: value.Addr("n:1")}}} {
		data, err := proto.Marshal(ToValue(v))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v Value
		if proto.Unmarshal(data, &v) != nil {
			return
		}
		got, err := FromValue(&v)
		if err != nil {
			return
		}
		again, err := FromValue(ToValue(got))
		if err != nil {
			t.Fatalf("%v came off the wire, but cannot go back: %v", got, err)
		}
		if value.Format(again) != value.Format(got) {
			t.Fatalf("got %s, and after another journey %s", value.Format(got), value.Format(again))
		}
	})
}

func BenchmarkFieldsThereAndBack(b *testing.B) {
	fields := value.Fields{
		{Name: "role", Value: "leader"}, {Name: "term", Value: int64(1000)}, {Name: "commit", Value: int64(2000)},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FromFields(ToFields(fields)); err != nil {
			b.Fatal(err)
		}
	}
}
