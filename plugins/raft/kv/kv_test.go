package kv

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var equal = cmp.AllowUnexported(Value{})

// machine is a store with its log.
type machine struct {
	*Store
	t   *testing.T
	log [][]byte
}

func newMachine(t *testing.T) *machine { return &machine{Store: NewStore(), t: t} }

func (m *machine) apply(data []byte) Result {
	m.log = append(m.log, data)
	return m.Apply(uint64(len(m.log)), data)
}

func (m *machine) do(c Command) Result {
	m.t.Helper()
	if err := c.Check(); err != nil {
		m.t.Fatalf("%+v: %v", c, err)
	}
	return m.apply(c.Encode())
}

func (m *machine) open() uint64 { return m.do(Command{Op: Open}).Session }

func (m *machine) want(c Command, want Result) {
	m.t.Helper()
	if got := m.do(c); got != want {
		m.t.Errorf("%s: got %+v, want %+v", c, got, want)
	}
}

func TestCommandsMeanWhatTheirNamesSay(t *testing.T) {
	m := newMachine(t)
	s := m.open()
	n := uint64(0)
	next := func(c Command) Command {
		n++
		c.Session, c.Sequence = s, n
		return c
	}
	get := func(key string) Command { return Command{Op: Get, Key: key} }
	m.want(get("x"), Result{})
	m.want(next(Command{Op: Incr, Key: "x", By: 2}), Result{Value: Integer(2)})
	m.want(next(Command{Op: Incr, Key: "x", By: -5}), Result{Value: Integer(-3)})
	m.want(next(Command{Op: Put, Key: "x", New: Text("a")}), Result{})
	m.want(get("x"), Result{Value: Text("a")})
	m.want(next(Command{Op: Incr, Key: "x", By: 1}), Result{Status: NotInteger, Value: Text("a")})
	m.want(next(Command{Op: Cas, Key: "x", Old: Text("b"), New: Text("c")}), Result{Value: Text("a")})
	m.want(next(Command{Op: Cas, Key: "x", Old: Text("a"), New: Integer(1)}), Result{Swapped: true, Value: Integer(1)})
	m.want(next(Command{Op: Cas, Key: "x", Old: Text("1"), New: Text("c")}), Result{Value: Integer(1)})
	m.want(next(Command{Op: Cas, Key: "y", New: Text("new")}), Result{Swapped: true, Value: Text("new")})
	m.want(next(Command{Op: Cas, Key: "y", New: Text("newer")}), Result{Value: Text("new")})
	m.want(next(Command{Op: Put, Key: "z", New: Integer(math.MaxInt64)}), Result{})
	m.want(next(Command{Op: Incr, Key: "z", By: 1}), Result{Status: Overflow, Value: Integer(math.MaxInt64)})
	m.want(next(Command{Op: Put, Key: "z", New: Integer(math.MinInt64)}), Result{})
	m.want(next(Command{Op: Incr, Key: "z", By: -1}), Result{Status: Overflow, Value: Integer(math.MinInt64)})
}

func TestACopyIsAnsweredAndNotAppliedAgain(t *testing.T) {
	m := newMachine(t)
	s := m.open()
	incr := func(sequence uint64) Command {
		return Command{Op: Incr, Key: "x", By: 1, Session: s, Sequence: sequence}
	}
	m.want(incr(1), Result{Value: Integer(1)})
	m.want(incr(1), Result{Value: Integer(1)})
	m.want(incr(4), Result{Value: Integer(2)})
	m.want(incr(3), Result{Value: Integer(3)}) // several are under way at once, and overtake each other
	m.want(incr(4), Result{Value: Integer(2)})
	m.want(incr(1), Result{Value: Integer(1)})
	last := incr(5)
	last.Oldest = 4
	m.want(last, Result{Value: Integer(4)})
	m.want(incr(1), Result{Status: Superseded}) // it was over
	m.want(incr(2), Result{Status: Superseded}) // and so was what had been given up
	// What is answered is the old result, even when the key has changed meanwhile.
	other := m.open()
	m.want(Command{Op: Put, Key: "x", New: Text("a"), Session: other, Sequence: 1}, Result{})
	m.want(incr(4), Result{Value: Integer(2)})
	if got := m.Get("x"); got != Text("a") {
		t.Errorf("x is %v after a copy, want what was put last", got)
	}
}

func TestTheResultsOfASessionAreBounded(t *testing.T) {
	m := newMachine(t)
	s := m.open()
	put := func(sequence uint64) Command {
		return Command{Op: Put, Key: "x", New: Integer(1), Session: s, Sequence: sequence}
	}
	for i := range uint64(MaxResults + 1) {
		m.want(put(i+1), Result{})
	}
	if got := len(m.sessions[s].Value.(*session).results); got != MaxResults {
		t.Errorf("%d results are kept, want %d", got, MaxResults)
	}
	m.want(put(1), Result{Status: Superseded})
	m.want(put(2), Result{})
}

func TestASessionThatWasLongUnusedMakesRoomAndNoOther(t *testing.T) {
	m := newMachine(t)
	first, second := m.open(), m.open()
	put := func(s, sequence uint64) Command {
		return Command{Op: Put, Key: "x", New: Integer(1), Session: s, Sequence: sequence}
	}
	for range MaxSessions - 2 {
		m.open()
	}
	m.want(Command{Op: Open}, Result{Status: Busy})
	m.want(put(second, 1), Result{})
	for len(m.log) < MinIdle+10 {
		m.apply(nil)
	}
	m.want(put(first, 1), Result{})
	if third := m.open(); third == 0 {
		t.Error("no room, although a session is unused for long")
	}
	if len(m.sessions) != MaxSessions || m.used.Len() != MaxSessions {
		t.Errorf("%d sessions in the table, %d in the order, want %d", len(m.sessions), m.used.Len(), MaxSessions)
	}
	m.want(put(second+1, 1), Result{Status: Expired})
	m.want(put(first, 2), Result{})
	m.want(put(second, 2), Result{})
	m.want(put(1<<60, 1), Result{Status: Expired}) // of a session that never was
}

// Scripts propose free text, and a store must not stumble over it, nor differ from node to node.
func TestWhatIsNoCommandHasNoEffect(t *testing.T) {
	good := Command{Op: Put, Key: "x", New: Text("a"), Session: 1, Sequence: 1}.Encode()
	for name, data := range map[string][]byte{
		"nothing":         nil,
		"text":            []byte("x = 1"),
		"the mark alone":  mark,
		"another version": append([]byte{0, 'k', 'v', 3}, good[len(mark):]...),
		"no such op":      append(append([]byte{}, mark...), 9, 1, 1, 1, 'x'),
		"cut short":       good[:len(good)-1],
		"too long":        append(append([]byte{}, good...), 0),
		"over already":    Command{Op: Put, Key: "x", New: Text("a"), Session: 1, Sequence: 2, Oldest: 3}.Encode(),
		"no session":      Command{Op: Put, Key: "x", New: Text("a")}.Encode(),
		"no key":          Command{Op: Put, New: Text("a"), Session: 1, Sequence: 1}.Encode(),
		"a long key":      Command{Op: Get, Key: strings.Repeat("k", MaxKey+1)}.Encode(),
		"a key not UTF-8": Command{Op: Get, Key: "\xff"}.Encode(),
		"a long text": Command{
			Op: Put, Key: "x", New: Text(strings.Repeat("t", MaxText+1)), Session: 1, Sequence: 1,
		}.Encode(),
		"a text not UTF-8":   Command{Op: Put, Key: "x", New: Text("\xff"), Session: 1, Sequence: 1}.Encode(),
		"nothing to be put":  Command{Op: Put, Key: "x", Session: 1, Sequence: 1}.Encode(),
		"a value of no kind": append(append([]byte{}, mark...), byte(Put), 1, 1, 0, 1, 'x', 7),
	} {
		m := newMachine(t)
		m.open()
		before := m.do(Command{Op: Incr, Key: "n", By: 1, Session: 1, Sequence: 1})
		if _, err := Decode(data); err == nil {
			t.Errorf("%s: decoded", name)
		}
		m.apply(data)
		if len(m.keys) != 1 || m.Get("n") != before.Value || len(m.sessions[1].Value.(*session).results) != 1 {
			t.Errorf("%s: the store has changed: %v", name, m.keys)
		}
	}
}

func samples() []Command {
	var all []Command
	long := Text(strings.Repeat("ü", MaxText/2))
	for _, v := range []Value{Text(""), Text("1"), long, Integer(0), Integer(math.MinInt64)} {
		all = append(all,
			Command{Op: Put, Session: 1, Sequence: 1, Key: "x", New: v},
			Command{Op: Cas, Session: 1 << 62, Sequence: 1 << 62, Key: strings.Repeat("k", MaxKey), Old: v, New: v})
	}
	return append(all, Command{Op: Open}, Command{Op: Get, Key: "x"},
		Command{Op: Cas, Session: 9, Sequence: 8, Oldest: 8, Key: "x", New: Integer(1)},
		Command{Op: Incr, Session: 9, Sequence: 8, Key: "x", By: math.MinInt64})
}

func TestCommandsAndResultsComeBackAsTheyWere(t *testing.T) {
	for _, want := range samples() {
		got, err := Decode(want.Encode())
		if diff := cmp.Diff(want, got, equal); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", want, err, diff)
		}
		if size := len(want.Encode()); size > 40000 {
			t.Errorf("%s: %d bytes do not fit a datagram with its head", want.Op, size)
		}
	}
	for _, want := range []Result{
		{}, {Session: 1 << 62}, {Swapped: true, Value: Text("x")}, {Status: Overflow, Value: Integer(-1)},
	} {
		got, err := ParseResult(want.Append(nil))
		if diff := cmp.Diff(want, got, equal); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

func TestADamagedResultIsAnError(t *testing.T) {
	good := Result{Swapped: true, Value: Text("x")}.Append(nil)
	for _, data := range [][]byte{nil, good[:len(good)-1], append(good, 0), {9, 0, 0, 0}, {0, 2, 0, 0}, {0, 0, 0, 9}} {
		if r, err := ParseResult(data); err == nil {
			t.Errorf("%v: %+v", data, r)
		}
	}
}

// Nodes that restart read the log anew: the store and all results must be the same.
func TestTheSameLogGivesTheSameStore(t *testing.T) {
	m := newMachine(t)
	sessions := []uint64{m.open(), m.open(), m.open()}
	for i := range uint64(200) {
		key := fmt.Sprint("k", i%7)
		s, sequence := sessions[i%3], i/6+1 // each number twice
		switch i % 5 {
		case 0:
			m.do(Command{Op: Put, Key: key, New: Text(fmt.Sprint(i)), Session: s, Sequence: sequence})
		case 1, 2:
			m.do(Command{Op: Incr, Key: key, By: int64(i), Session: s, Sequence: sequence})
		case 3:
			m.do(Command{Op: Cas, Key: key, Old: m.Get(key), New: Integer(int64(i)), Session: s, Sequence: sequence})
		case 4:
			m.apply([]byte("x = 1"))
		}
	}
	again := NewStore()
	for i, data := range m.log {
		again.Apply(uint64(i)+1, data)
	}
	if diff := cmp.Diff(m.keys, again.keys, equal); diff != "" {
		t.Errorf("keys (-first +second):\n%s", diff)
	}
	for number, at := range m.sessions {
		if a, b := *at.Value.(*session), *again.sessions[number].Value.(*session); !reflect.DeepEqual(a, b) {
			t.Errorf("session %d: %+v and %+v", number, a, b)
		}
	}
}

func TestCommandsReadLikeScripts(t *testing.T) {
	for want, c := range map[string]Command{
		`open`:                       {Op: Open},
		`get("x")`:                   {Op: Get, Key: "x"},
		`put("x", "a") #2.1`:         {Op: Put, Key: "x", New: Text("a"), Session: 2, Sequence: 1},
		`cas("x", None, 3) #2.2`:     {Op: Cas, Key: "x", New: Integer(3), Session: 2, Sequence: 2},
		`incr("x", by = -1) #2.3`:    {Op: Incr, Key: "x", By: -1, Session: 2, Sequence: 3},
		`cas("x", 1, "\n") #18.1000`: {Op: Cas, Key: "x", Old: Integer(1), New: Text("\n"), Session: 18, Sequence: 1000},
	} {
		if got := c.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAValueIsTextOrAnIntegerAndNothingElse(t *testing.T) {
	for _, good := range []any{nil, "", "ü", int64(-1)} {
		if v, err := ValueOf(good); err != nil || v.Any() != good {
			t.Errorf("%v became %v, %v", good, v, err)
		}
	}
	for _, bad := range []any{true, 1.5, []byte("a"), []any{}, "\xff", strings.Repeat("x", MaxText+1)} {
		if v, err := ValueOf(bad); err == nil {
			t.Errorf("%.20v became %.20v", bad, v)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range samples() {
		f.Add(c.Encode())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(data)
		if err != nil {
			return
		}
		if again, err := Decode(c.Encode()); err != nil || again != c {
			t.Errorf("%+v became %+v, %v", c, again, err)
		}
		NewStore().Apply(1, data)
	})
}
