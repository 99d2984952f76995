package serve

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// dial is a component with a live parameter; hand is an object whose fields scripts can read.
type dial struct {
	Port  int `lab:"port,default=80,main"`
	Limit int `lab:"limit,default=5,live"`

	made  bool // by New
	hands int
}

type hand struct {
	Number int
	Parts  map[string]int

	secret string
}

func (d *dial) Run(sdk.Env) error { return nil }

func (d *dial) Configure(_ sdk.Env, next sdk.Component) error {
	to := next.(*dial)
	if !to.made || to.Limit < 0 {
		return errors.New("limit is below 0")
	}
	d.Limit = to.Limit
	return nil
}

func (d *dial) limit(sdk.Env) (int, error) { return d.Limit, nil }

func (d *dial) hand(env sdk.Env) (*hand, error) {
	d.hands++
	return &hand{Number: d.hands, Parts: map[string]int{"b": 2, "a": 1}, secret: "s"}, nil
}

func (*dial) began(env sdk.Env) (time.Duration, error) { return sdk.Began(env), nil }

func (h *hand) number(sdk.Env) (int, error) { return h.Number, nil }

func dialKind() sdk.Kind {
	return sdk.Kind{
		Name: "dial", New: func() sdk.Component { return &dial{made: true} },
		Methods: []sdk.Method{
			sdk.Func("limit", "", (*dial).limit), sdk.Func("hand", "", (*dial).hand), sdk.Func("began", "", (*dial).began),
		},
		Objects: []sdk.ObjectType{{Name: "hand", Of: (*hand)(nil), Methods: []sdk.Method{sdk.Func("count", "", (*hand).number)}}},
	}
}

func startedDial(t *testing.T) *instance {
	n, err := compiled(t, dialKind()).newInstance(startOf("dial", nil))
	if err != nil {
		t.Fatal(err)
	}
	n.bind(struct{ sdk.Env }{})
	return n
}

func TestALiveParameterChangesWhileTheComponentRuns(t *testing.T) {
	n := startedDial(t)
	configure := func(limit int64) (wire.Reply_Status, string) {
		config := sdk.Fields{{Name: "port", Value: int64(80)}, {Name: "limit", Value: limit}}
		status, _, text := invoke(n, &wire.Call{Method: "configure", Arguments: wire.ToFields(config)})
		return status, text
	}
	if status, text := configure(7); status != wire.Reply_OK {
		t.Fatalf("configure: %v %s", status, text)
	}
	if status, text := configure(-1); status != wire.Reply_FAILED || text != "limit is below 0" {
		t.Errorf("a configuration that the component refuses: %v %q", status, text)
	}
	if _, limit, _ := invoke(n, &wire.Call{Method: "limit"}); limit != int64(7) {
		t.Errorf("limit is %v, want the 7 that was accepted", limit)
	}
}

func TestALiveParameterNeedsAComponentThatTakesIt(t *testing.T) {
	_, err := Manifest(sdk.Plugin{Name: "p", Kinds: []sdk.Kind{{Name: "k", New: func() sdk.Component { return &stubborn{} }}}})
	want := `kind "k": config: "limit" is tagged live, but *serve.stubborn has no method Configure(sdk.Env, sdk.Component) error`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

type stubborn struct {
	Limit int `lab:"limit,default=5,live"`
}

func (*stubborn) Run(sdk.Env) error { return nil }

func TestAnObjectTakesItsExportedFieldsAlong(t *testing.T) {
	n := startedDial(t)
	status, v, text := invoke(n, &wire.Call{Method: "hand"})
	want := value.Object{
		Node: "n1", Incarnation: 2, ID: 1, Type: "hand",
		Fields: sdk.Fields{
			{Name: "number", Value: int64(1)},
			{Name: "parts", Value: sdk.Fields{{Name: "a", Value: int64(1)}, {Name: "b", Value: int64(2)}}},
		},
	}
	if diff := cmp.Diff(want, v); status != wire.Reply_OK || diff != "" {
		t.Errorf("%v %s (-want +got):\n%s", status, text, diff)
	}
	if _, count, _ := invoke(n, &wire.Call{Method: "count", Object: 1, Incarnation: 2}); count != int64(1) {
		t.Errorf("a method of the object answers %v, want 1", count)
	}
	manifest, err := Manifest(sdk.Plugin{Name: "p", Kinds: []sdk.Kind{dialKind()}})
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for _, f := range manifest.Kinds[0].Objects[0].Fields {
		described = append(described, f.Name+" "+f.Type.String())
	}
	if diff := cmp.Diff([]string{"number int", "parts dict"}, described); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
}

func TestAFieldAndAMethodOfAnObjectCannotShareAName(t *testing.T) {
	k := dialKind()
	k.Objects[0].Methods = []sdk.Method{sdk.Func("number", "", (*hand).number)}
	_, err := Manifest(sdk.Plugin{Name: "p", Kinds: []sdk.Kind{k}})
	if err == nil || !strings.Contains(err.Error(), `object "hand": field "number": a method has that name`) {
		t.Errorf("got %v", err)
	}
}

func TestAMethodLearnsWhenTheScriptCalledIt(t *testing.T) {
	n := startedDial(t)
	for at := range 2 {
		_, began, _ := invoke(n, &wire.Call{Method: "began", At: int64(at) * int64(time.Second)})
		if began != time.Duration(at)*time.Second {
			t.Errorf("a call at %ds began at %v", at, began)
		}
	}
}
