package serve

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

func compiled(t testing.TB, kinds ...sdk.Kind) *served {
	t.Helper()
	s, err := compile(sdk.Plugin{Name: "shop", Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func startOf(kind string, config sdk.Fields) *wire.Start {
	return &wire.Start{Node: "n1", Kind: kind, Config: wire.ToFields(config), Incarnation: 2}
}

func TestConfigurationFillsTheTaggedFields(t *testing.T) {
	s := compiled(t, storeKind())
	n, err := s.newInstance(startOf("store", sdk.Fields{
		{Name: "servers", Value: []any{sdk.Addr("a:1"), "b:2"}}, {Name: "pause", Value: time.Second}, {Name: "share",
			Value: int64(1)},
		{Name: "raw", Value: "text"}, {Name: "any", Value: int64(7)}, {Name: "extra", Value: sdk.Fields{{Name: "k", Value: nil}}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := &store{
		Port: 8080, Wait: 50 * time.Millisecond, Pause: sdk.Draw{A: time.Second}, Speed: link.Mbit, Servers: []sdk.Addr{"a:1", "b:2"},
		Extra: sdk.Fields{{Name: "k", Value: nil}}, Share: 1, Raw: []byte("text"), Any: int64(7),
	}
	if diff := cmp.Diff(want, n.component.Interface(), cmpopts.IgnoreUnexported(store{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestConfigurationThatDoesNotFitIsExplained(t *testing.T) {
	s := compiled(t, storeKind())
	servers := value.Field{Name: "servers", Value: []any{}}
	tests := []struct {
		config sdk.Fields
		want   string
	}{
		{nil, `node n1: store: config "servers" is missing: it has no default`},
		{sdk.Fields{servers, {Name: "prot", Value: int64(1)}}, `config "prot": no such parameter`},
		{sdk.Fields{servers, servers}, `config "servers" is given twice`},
		{sdk.Fields{servers, {Name: "port", Value: "80"}}, `config "port": want int, got string "80"`},
		{sdk.Fields{servers, {Name: "port", Value: nil}}, `config "port": want int, got None`},
		{sdk.Fields{servers, {Name: "port", Value: 0.5}}, `config "port": want int, got float 0.5`},
		{sdk.Fields{servers, {Name: "wait", Value: int64(5)}}, `config "wait": want duration, got int 5`},
		{sdk.Fields{servers, {Name: "speed", Value: time.Second}}, `config "speed": want rate, got duration 1s`},
		{sdk.Fields{{Name: "servers", Value: []any{"a:1", int64(2)}}}, `config "servers": item 1: want address, got int 2`},
		{sdk.Fields{servers, {Name: "extra", Value: []any{}}}, `config "extra": want dict, got list<any> []`},
	}
	for _, test := range tests {
		_, err := s.newInstance(startOf("store", test.config))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got error %v, want one with %q", test.config, err, test.want)
		}
	}
	if _, err := s.newInstance(startOf("shelf", nil)); err == nil || !strings.Contains(err.Error(), `no kind "shelf"`) {
		t.Errorf("got error %v for a kind that does not exist", err)
	}
}

// probe is a component whose methods show what they were given.
type probe struct{ calls int }

func (*probe) Run(sdk.Env) error { return nil }

type probeArgs struct {
	N    int           `lab:"n"`
	Wait time.Duration `lab:"wait,default=1s"`
}

type handle struct{ name string }

func (p *probe) twice(_ sdk.Env, a probeArgs) (string, error) { return fmt.Sprint(2*a.N, a.Wait), nil }
func (p *probe) fail(_ sdk.Env, a probeArgs) (int, error)     { return 5, errors.New("no") }
func (p *probe) stopped(sdk.Env) error                        { return fmt.Errorf("read: %w", sdk.ErrStopped) }
func (p *probe) open(sdk.Env, probeArgs) (*handle, error) {
	p.calls++
	return &handle{fmt.Sprint(p.calls)}, nil
}
func (p *probe) none(sdk.Env) (*handle, error)  { return nil, nil }
func (h *handle) who(sdk.Env) (string, error)   { return h.name, nil }
func (h *handle) self(sdk.Env) (*handle, error) { return h, nil }

func (p *probe) maybe(sdk.Env) error {
	return fmt.Errorf("sent: %w", sdk.Unknown(errors.New("no answer")))
}

func (p *probe) misuse(sdk.Env) error {
	return fmt.Errorf("plan: %w", sdk.Misuse("give one of them", errors.New("both given")))
}

func probeKind() sdk.Kind {
	return sdk.Kind{
		Name: "probe", New: func() sdk.Component { return &probe{} },
		Methods: []sdk.Method{
			sdk.Func("twice", "", (*probe).twice), sdk.Func("fail", "", (*probe).fail), sdk.Func("maybe", "", (*probe).maybe),
			sdk.Func("stopped", "", (*probe).stopped), sdk.Func("open", "", (*probe).open), sdk.Func("none", "", (*probe).none),
			sdk.Func("misuse", "", (*probe).misuse).Ending(),
		},
		Objects: []sdk.ObjectType{{Name: "handle", Of: (*handle)(nil), Methods: []sdk.Method{
			sdk.Func("who", "", (*handle).who), sdk.Func("self", "", (*handle).self),
		}}},
	}
}

// invoke calls a method as an engine does.
func invoke(n *instance, call *wire.Call) (wire.Reply_Status, any, string) {
	var inv invocation
	if err := inv.prepare(n, call); err != nil {
		return wire.Reply_FAILED, nil, err.Error()
	}
	result, err := inv.call()
	status, data, text := n.reply(inv.method, result, err)
	if data == nil {
		return status, nil, text
	}
	value, err := wire.DecodeValue(data)
	if err != nil {
		return wire.Reply_UNKNOWN, nil, "decode: " + err.Error()
	}
	return status, value, text
}

func TestMethodsAnswerWhatTheyReturn(t *testing.T) {
	s := compiled(t, probeKind())
	n, err := s.newInstance(startOf("probe", nil))
	if err != nil {
		t.Fatal(err)
	}
	n.bind(struct{ sdk.Env }{})
	five := sdk.Fields{{Name: "n", Value: int64(5)}}
	object := func(id int64) value.Object { return value.Object{Node: "n1", Incarnation: 2, ID: id, Type: "handle"} }
	tests := []struct {
		call   *wire.Call
		status wire.Reply_Status
		value  any
		text   string
	}{
		{&wire.Call{Method: "twice", Arguments: wire.ToFields(five)}, wire.Reply_OK, "10 1s", ""},
		{&wire.Call{Method: "twice"}, wire.Reply_FAILED, nil, `twice: argument "n" is missing: it has no default`},
		{&wire.Call{Method: "fail", Arguments: wire.ToFields(five)}, wire.Reply_FAILED, nil, "no"},
		{&wire.Call{Method: "maybe"}, wire.Reply_UNKNOWN, nil, "sent: no answer"},
		{&wire.Call{Method: "misuse"}, wire.Reply_MISUSE, "give one of them", "plan: both given"},
		{&wire.Call{Method: "stopped"}, wire.Reply_UNKNOWN, nil, "read: node stopped"},
		{&wire.Call{Method: "maybe", Arguments: wire.ToFields(five)}, wire.Reply_FAILED, nil,
			`maybe: argument "n": no such parameter: there are none`},
		{&wire.Call{Method: "twize"}, wire.Reply_FAILED, nil, `kind probe has no method "twize"`},
		{&wire.Call{Method: "open", Arguments: wire.ToFields(five)}, wire.Reply_OK, object(1), ""},
		{&wire.Call{Method: "open", Arguments: wire.ToFields(five)}, wire.Reply_OK, object(2), ""},
		{&wire.Call{Method: "none"}, wire.Reply_OK, nil, ""},
		{&wire.Call{Method: "who", Object: 2, Incarnation: 2}, wire.Reply_OK, "2", ""},
		{&wire.Call{Method: "self", Object: 1, Incarnation: 2}, wire.Reply_OK, object(1), ""},
		{&wire.Call{Method: "open", Object: 1, Incarnation: 2}, wire.Reply_FAILED, nil, `handle has no method "open"`},
		{&wire.Call{Method: "who", Object: 3, Incarnation: 2}, wire.Reply_FAILED, nil, `n1 has no object 3`},
		{&wire.Call{Method: "who", Object: 1, Incarnation: 1}, wire.Reply_FAILED, nil, `n1 restarted`},
	}
	for _, test := range tests {
		status, value, text := invoke(n, test.call)
		if status != test.status || !cmp.Equal(value, test.value) || text != test.text {
			t.Errorf("%v: got %v %v %q, want %v %v %q", test.call, status, value, text, test.status, test.value, test.text)
		}
	}
}

// state is a result that the sdk need not encode again while it stays the same; named is one that it must.
type state struct {
	Role string
	Term uint64
}

type named struct{ Of *state }

type watched struct{ state state }

func (*watched) Run(sdk.Env) error                { return nil }
func (w *watched) plain(sdk.Env) (state, error)   { return w.state, nil }
func (w *watched) deep(sdk.Env) (named, error)    { return named{&w.state}, nil }
func (w *watched) list(sdk.Env) ([]uint64, error) { return []uint64{w.state.Term}, nil }
func (w *watched) float(sdk.Env) (float64, error) {
	return math.Copysign(0, float64(w.state.Term)-1.5), nil
}

func TestAMethodThatIsPolledAlwaysAnswersWhatItReturns(t *testing.T) {
	w := &watched{}
	s := compiled(t, sdk.Kind{Name: "watched", New: func() sdk.Component { return w }, Methods: []sdk.Method{
		sdk.Func("plain", "", (*watched).plain), sdk.Func("deep", "", (*watched).deep),
		sdk.Func("list", "", (*watched).list), sdk.Func("float", "", (*watched).float),
	}})
	n, err := s.newInstance(startOf("watched", nil))
	if err != nil {
		t.Fatal(err)
	}
	n.bind(struct{ sdk.Env }{})
	for _, now := range []state{{"a", 1}, {"a", 1}, {"b", 1}, {"b", 2}, {"a", 1}} {
		w.state = now
		fields := sdk.Fields{{Name: "role", Value: now.Role}, {Name: "term", Value: int64(now.Term)}}
		for method, want := range map[string]any{
			"plain": fields, "deep": sdk.Fields{{Name: "of", Value: fields}}, "list": []any{int64(now.Term)},
		} {
			if _, got, _ := invoke(n, &wire.Call{Method: method}); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %v, want %v", method, got, want)
			}
		}
		if _, got, _ := invoke(n, &wire.Call{Method: "float"}); math.Signbit(got.(float64)) != (now.Term == 1) {
			t.Errorf("float: got %v in term %d", got, now.Term)
		}
	}
}

func BenchmarkInvoke(b *testing.B) {
	s := compiled(b, probeKind())
	n, err := s.newInstance(startOf("probe", nil))
	if err != nil {
		b.Fatal(err)
	}
	n.bind(struct{ sdk.Env }{})
	call := &wire.Call{Method: "none"}
	b.ReportAllocs()
	for b.Loop() {
		if status, _, _ := invoke(n, call); status != wire.Reply_OK {
			b.Fatal(status)
		}
	}
}
