package serve

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/wire"
)

type (
	health struct {
		Role   string `lab:"role,draw"`
		Term   uint64 `lab:"term,draw"`
		Last   int    // not drawn
		Disk   disk
		Peers  []*peer
		Absent *disk
	}
	disk struct {
		Full bool `lab:"full,draw"`
	}
	peer struct {
		Name string
		Up   bool `lab:"up,draw"`
	}
	badDraw struct {
		List []int `lab:"list,draw"`
	}
	drawnEvent struct {
		Term int `lab:"term,draw"`
	}
)

// gauge answers what it holds.
type gauge struct {
	health  health
	refused error // by who asks
	broken  bool
}

func (g *gauge) Run(sdk.Env) error { return nil }
func (g *gauge) read(sdk.Env) (health, error) {
	if g.broken {
		panic("broken")
	}
	return g.health, nil
}
func (g *gauge) readOf(sdk.Env, getArgs) (health, error) { return g.health, nil }
func (g *gauge) list(sdk.Env) (badDraw, error)           { return badDraw{}, nil }
func (g *gauge) open(sdk.Env) (*cursor, error)           { return nil, nil }
func (c *cursor) read(sdk.Env) (health, error)           { return health{}, nil }
func gaugeKind(methods ...sdk.Method) sdk.Kind {
	return sdk.Kind{Name: "gauge", New: func() sdk.Component { return &gauge{} }, Methods: methods}
}

func TestASamplerTellsWhatHasChanged(t *testing.T) {
	served, err := compile(sdk.Plugin{Name: "p", Kinds: []sdk.Kind{gaugeKind(sdk.Func("read", "", (*gauge).read).Query())}})
	if err != nil {
		t.Fatal(err)
	}
	g := &gauge{health: health{Role: "leader", Term: 1, Peers: []*peer{{"a", true}, {"b", true}}}}
	n := &instance{name: "n", kind: served.kinds["gauge"], component: reflect.ValueOf(g), envValue: reflect.Zero(typeEnv)}
	var told []string
	s := newSampler(n, func(to *wire.Sample) {
		var v any
		var err error
		if to.Why == "" {
			v, err = wire.FromValue(to.GetValue())
		}
		if told = append(told, fmt.Sprintf("%s%s=%v%s", to.Of, to.Name, v, to.Why)); err != nil || to.Node != "n" {
			t.Errorf("%v: %v", to, err)
		}
	})
	look := func() string {
		told = nil
		s.sample(func(f func()) error { f(); return g.refused })
		slices.Sort(told)
		return strings.Join(told, " ")
	}
	for _, c := range []struct {
		change func()
		want   string
	}{
		{func() {}, "aup=true bup=true full=false role=leader term=1"},
		{func() { g.health.Last = 7 }, ""},
		{func() { g.refused = errors.New("it waits") }, "aup=<nil> bup=<nil> full=<nil> read=<nil>it waits role=<nil> term=<nil>"},
		{func() { g.refused, g.broken = nil, true }, ""},
		{func() { g.broken = false }, "aup=true bup=true full=false role=leader term=1"},
		{func() { g.health.Term, g.health.Disk.Full = 2, true }, "full=true term=2"},
		{func() { g.health.Peers = []*peer{{"b", false}, {"c", true}, nil} }, "bup=false cup=true"},
		{func() { g.health.Role = "\xff" + strings.Repeat("x", 1000) }, "role=\uFFFD" + strings.Repeat("x", maxDrawn-1)},
	} {
		c.change()
		if diff := cmp.Diff(c.want, look()); diff != "" {
			t.Error(diff)
		}
	}
	for i := range 1000 {
		g.health.Peers = append(g.health.Peers, &peer{fmt.Sprint(i), true})
	}
	if look(); len(s.known) > maxLanes {
		t.Errorf("%d lanes of one node, want at most %d", len(s.known), maxLanes)
	}
}

func TestDrawIsForQueriesWithoutArguments(t *testing.T) {
	only := "draw marks what a query of a node answers, which takes no arguments"
	object := gaugeKind(sdk.Func("open", "", (*gauge).open))
	object.Objects = []sdk.ObjectType{{Name: "cursor", Of: (*cursor)(nil), Methods: []sdk.Method{sdk.Func("read", "", (*cursor).read).Query()}}}
	event := gaugeKind()
	event.Events = []any{drawnEvent{}}
	message := gaugeKind()
	message.Messages = []sdk.MessageType{{Name: "m", Fields: drawnEvent{}}}
	for _, c := range []struct {
		kind sdk.Kind
		want string
	}{
		{gaugeKind(sdk.Func("read", "", (*gauge).read)), only},
		{gaugeKind(sdk.Func("read", "", (*gauge).readOf).Query()), only},
		{gaugeKind(sdk.Func("read", "", (*gauge).list).Query()), `field "list": a list of int cannot be drawn`},
		{object, only}, {event, only}, {message, only},
		{sdk.Kind{Name: "k", New: func() sdk.Component { return &drawnConfig{} }}, `"port": draw marks what a query answers`},
	} {
		_, err := compile(sdk.Plugin{Name: "p", Kinds: []sdk.Kind{c.kind}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

type drawnConfig struct {
	Port int `lab:"port,draw"`
}

func (*drawnConfig) Run(sdk.Env) error { return nil }
