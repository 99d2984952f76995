package serve

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// store is a component that uses every feature of a manifest.
type store struct {
	Port    int           `lab:"port,default=8080,main,doc=where, and on which port"`
	Wait    time.Duration `lab:",default=50ms,live"`
	Pause   sdk.Draw      `lab:"pause,default=uniform(150ms,300ms)"`
	Speed   sdk.Rate      `lab:"speed,default=1mbit"`
	Servers []sdk.Addr    `lab:"servers"`
	Extra   sdk.Fields    `lab:"extra,default={}"`
	Share   float32       `lab:"share,default=0.5"`
	Raw     []byte        `lab:"raw,default=ab"`
	Any     any           `lab:"any,default=none"`
	Hidden  string
}

type (
	getArgs struct {
		Key  string `lab:"key,doc=which"`
		Mode string `lab:"mode,default=fast"`
	}
	getResult struct {
		Value string `lab:"value,doc=what it is"`
		Term  uint64
		Peers []point
	}
	point  struct{ X, Y int }
	cursor struct{}
)

func (s *store) Run(env sdk.Env) error                   { return nil }
func (s *store) get(sdk.Env, getArgs) (getResult, error) { return getResult{}, nil }
func (s *store) scan(sdk.Env) (*cursor, error)           { return &cursor{}, nil }
func (s *store) clear(sdk.Env) error                     { return nil }
func (s *store) Configure(_ sdk.Env, next sdk.Component) error {
	s.Wait = next.(*store).Wait
	return nil
}
func (c *cursor) next(sdk.Env) (map[string]int, error) { return nil, nil }
func (c *cursor) again(sdk.Env) (*cursor, error)       { return c, nil }

type BecameLeader struct {
	Term int
	Old  string `lab:"previous,doc=who it was"`
}

func storeKind() sdk.Kind {
	return sdk.Kind{
		Name: "store", Doc: "keeps things", New: func() sdk.Component { return &store{} },
		Methods: []sdk.Method{
			sdk.Func("get", "reads", (*store).get).Operation(), sdk.Func("scan", "", (*store).scan), sdk.Func("clear", "", (*store).clear),
		},
		Objects: []sdk.ObjectType{{Name: "cursor", Doc: "a place", Of: (*cursor)(nil), Methods: []sdk.Method{
			sdk.Func("next", "", (*cursor).next), sdk.Func("again", "", (*cursor).again),
		}}},
		Events:   []any{BecameLeader{}},
		Messages: []sdk.MessageType{{Name: "moved", Doc: "a cursor", Fields: point{}}, {Name: "bye"}},
	}
}

func TestManifestSaysAllThatTheKindsDeclare(t *testing.T) {
	got, err := Manifest(sdk.Plugin{Name: "shop", Doc: "a shop", Kinds: []sdk.Kind{storeKind()}})
	if err != nil {
		t.Fatal(err)
	}
	uniform := link.Draw{Distribution: link.Uniform, A: 150 * time.Millisecond, B: 300 * time.Millisecond}
	config := func(name, kind string, v any) *manifest.Parameter {
		return &manifest.Parameter{Name: name, Type: value.MustType(kind), HasDefault: true, Default: v}
	}
	port := config("port", "int", int64(8080))
	port.Main, port.Doc = true, "where, and on which port"
	port.Limits = value.Limits{Min: int64(1), Max: int64(65535)}
	wait := config("wait", "duration", 50*time.Millisecond)
	wait.Live = true
	again := &manifest.Method{Name: "again", Result: &manifest.Parameter{Type: value.MustType("object cursor")}}
	want := &manifest.Manifest{Name: "shop", Version: "dev", Doc: "a shop", Lab: sdk.Version(), Kinds: []*manifest.Kind{{
		Name: "store", Doc: "keeps things",
		Config: []*manifest.Parameter{
			port, wait, config("pause", "draw", uniform), config("speed", "rate", link.Mbit),
			{Name: "servers", Type: value.MustType("list<address>")}, config("extra", "dict", sdk.Fields(nil)), config("share", "float", 0.5),
			config("raw", "bytes", []byte("ab")), config("any", "any", nil),
		},
		Methods: []*manifest.Method{
			{Name: "get", Doc: "reads", Operation: true, Arguments: []*manifest.Parameter{
				{Name: "key", Type: value.MustType("string"), Doc: "which"}, config("mode", "string", "fast"),
			}, Result: &manifest.Parameter{Type: value.MustType("struct"), Fields: []*manifest.Parameter{
				{Name: "value", Type: value.MustType("string"), Doc: "what it is"}, {Name: "term", Type: value.MustType("int")},
				{Name: "peers", Type: value.MustType("list<struct>"), Fields: []*manifest.Parameter{{Name: "x", Type: value.MustType("int")}, {Name: "y", Type: value.MustType("int")}}},
			}}},
			{Name: "scan", Result: &manifest.Parameter{Type: value.MustType("object cursor")}},
			{Name: "clear"},
		},
		Objects: []*manifest.ObjectType{{Name: "cursor", Doc: "a place", Methods: []*manifest.Method{
			{Name: "next", Result: &manifest.Parameter{Type: value.MustType("dict")}}, again,
		}}},
		Events: []*manifest.EventType{{Name: "became_leader", Fields: []*manifest.Parameter{
			{Name: "term", Type: value.MustType("int")}, {Name: "previous", Type: value.MustType("string"), Doc: "who it was"},
		}}},
		ListsMessages: true,
		Messages: []*manifest.MessageType{
			{Name: "moved", Doc: "a cursor", Fields: []*manifest.Parameter{{Name: "x", Type: value.MustType("int")}, {Name: "y", Type: value.MustType("int")}}},
			{Name: "bye"},
		},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

type portless struct {
	Port string `lab:"port,default=80,main"`
}

func (*portless) Run(sdk.Env) error { return nil }

func TestWhatScriptsCannotUseIsRefused(t *testing.T) {
	// with is a plugin whose one kind has this configuration; the other functions have one of another thing.
	with := func(component any) sdk.Plugin {
		return sdk.Plugin{Name: "p", Kinds: []sdk.Kind{{Name: "k", New: func() sdk.Component { return component.(sdk.Component) }}}}
	}
	kind := func(change func(*sdk.Kind)) sdk.Plugin {
		k := storeKind()
		change(&k)
		return sdk.Plugin{Name: "p", Kinds: []sdk.Kind{k}}
	}
	method := func(m sdk.Method) sdk.Plugin { return kind(func(k *sdk.Kind) { k.Methods = append(k.Methods, m) }) }
	args := func(fn any) sdk.Plugin { return method(sdk.Func("m", "", fn)) }
	event := func(e any) sdk.Plugin { return kind(func(k *sdk.Kind) { k.Events = append(k.Events, e) }) }
	message := func(m sdk.MessageType) sdk.Plugin {
		return kind(func(k *sdk.Kind) { k.Messages = append(k.Messages, m) })
	}
	type Moved struct{ From string }
	type Twice struct {
		A int `lab:"x"`
		B int `lab:"x"`
	}
	type Named struct{ Name string }
	type Later struct{ Since time.Duration }
	type withChan struct{ C chan int }

	tests := []struct {
		name   string
		plugin sdk.Plugin
		want   string
	}{
		{"plugin name", sdk.Plugin{Name: "My_Plugin", Kinds: []sdk.Kind{storeKind()}}, `plugin "My_Plugin": want lower-case`},
		{"no kinds", sdk.Plugin{Name: "p"}, `plugin "p" serves no kinds`},
		{"kind name", kind(func(k *sdk.Kind) { k.Name = "Store" }), `kind "Store": want lower-case`},
		{"same kind", sdk.Plugin{Name: "p", Kinds: []sdk.Kind{storeKind(), storeKind()}}, `kind "store": the name is given twice`},
		{"no New", kind(func(k *sdk.Kind) { k.New = nil }), `kind "store": New is missing`},
		{"New gives nil", kind(func(k *sdk.Kind) { k.New = func() sdk.Component { return nil } }), `New returns nil`},
		{"main is no port", with(&portless{}), `kind "k": config: "port": main marks a port, which is an int, not a string`},
		{"value component", with(valued{}), `return a pointer to it`},
		{"config", with(&badConfig{}),
			`"from": a reserved word of the script language; choose another name, for instance src`},
		{"config", with(&badConfig{}), `"count": a parameter of lab.add itself; choose another name`},
		{"config", with(&badConfig{}), `"c": type chan int cannot come from a script; use bool, integers`},
		{"config", with(&badConfig{}), `"wait": default: want a duration such as 10ms, got "soon"`},
		{"config", with(&badConfig{}), `"small": default: 300 does not fit int8`},
		{"config", with(&badConfig{}), `"odd": tag option "defalt=1": want default=VALUE, main, live`},
		{"config", with(&badConfig{}), `"hidden": field hidden has a lab tag but is not exported`},
		{"config", with(&badConfig{}), `"Upper": want lower-case letters`},
		{"config", with(&badConfig{}), `"dup": the name is given twice`},
		{"config", with(&badConfig{}), `"mode": oneof is for texts, not for a int`},
		{"config", with(&badConfig{}), `"least": min and max are for numbers, not for a string`},
		{"config", with(&badConfig{}), `"most": max: want a duration such as 10ms, got "soon"`},
		{"config", with(&badConfig{}), `"far": default: item 1: got 9, want 1 to 5`},
		{"two mains", with(&twoMains{}), `2 fields are tagged main; a node has one main address`},
		{"no message name", message(sdk.MessageType{}), `message "": want a name`},
		{"same message", message(sdk.MessageType{Name: "bye"}), `message "bye": want a name, and no other message of that name`},
		{"message without struct", message(sdk.MessageType{Name: "m", Fields: 5}), `message "m": Fields is a int, want a struct`},
		{"word of lab.messages", message(sdk.MessageType{Name: "m", Fields: Later{}}),
			`message "m": field "since": a word of lab.messages itself; choose another name`},
		{"reserved method", method(sdk.Func("load", "", (*store).clear)), `method "load": a reserved word`},
		{"node's method", method(sdk.Func("crash", "", (*store).clear)), `method "crash": a node has that itself`},
		{"same method", method(sdk.Func("get", "", (*store).clear)), `method "get": the name is given twice`},
		{"no function", method(sdk.Func("m", "", 5)), `method "m": Func wants a function, got int`},
		{"wrong form", args(func(*store, string) error { return nil }),
			`want func(*serve.store, sdk.Env[, ARGS]) ([RESULT, ]error)`},
		{"wrong receiver", args(func(*cursor, sdk.Env) error { return nil }), `the first parameter is a *serve.cursor`},
		{"arguments", args(func(*store, sdk.Env, int) error { return nil }), `arguments must be a struct, got int`},
		{"timeout", args(func(*store, sdk.Env, struct{ Timeout time.Duration }) error { return nil }),
			`argument: "timeout": every method takes it`},
		{"main argument", args(func(*store, sdk.Env, struct {
			A int `lab:"a,main"`
		}) error {
			return nil
		}), `argument "a": main and live are for configuration`},
		{"result", args(func(*store, sdk.Env) (chan int, error) { return nil, nil }),
			`result: a chan int cannot travel to a script`},
		{"result field", args(func(*store, sdk.Env) (withChan, error) { return withChan{}, nil }),
			`field "c": a chan int cannot`},
		{"answer's field", args(func(*store, sdk.Env) (struct{ Error string }, error) { return struct{ Error string }{}, nil }),
			`field "error": every answer has that itself`},
		{"object name", kind(func(k *sdk.Kind) { k.Objects[0].Name = "yield" }), `object "yield": a reserved word`},
		{"object type", kind(func(k *sdk.Kind) { k.Objects[0].Of = cursor{} }), `Of must be a pointer of its type`},
		{"object method", kind(func(k *sdk.Kind) { k.Objects[0].Methods[0].Name = "error" }),
			`object "cursor": method "error": every answer has that itself`},
		{"event field", event(Moved{}), `event "moved": field "from": a reserved word`},
		{"event field", event(Named{}), `event "named": field "name": a word of events themselves`},
		{"word of lab.events", event(Later{}), `event "later": field "since": a word of events themselves`},
		{"same field", event(Twice{}), `field "x" is given twice`},
		{"same event", event(BecameLeader{}), `event "became_leader": the name is given twice`},
		{"event type", event(5), `event int: want a struct`},
	}
	for _, test := range tests {
		_, err := Manifest(test.plugin)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error\n%v\nwant one with\n%s", test.name, err, test.want)
		}
	}
}

type badConfig struct {
	A      int           `lab:"from"`
	B      int           `lab:"count"`
	C      chan int      `lab:"c"`
	Wait   time.Duration `lab:"wait,default=soon"`
	Small  int8          `lab:"small,default=300"`
	Odd    int           `lab:"odd,defalt=1"`
	hidden int           `lab:"hidden"`
	Upper  int           `lab:"Upper"`
	Dup    int           `lab:"dup"`
	Dup2   int           `lab:"dup"`
	Mode   int           `lab:"mode,oneof=a|b"`
	Least  string        `lab:"least,min=1"`
	Most   time.Duration `lab:"most,max=soon"`
	Far    []int         `lab:"far,default=[1,9],min=1,max=5"`
}

func (b *badConfig) Run(sdk.Env) error { return fmt.Errorf("%d", b.hidden) }

type twoMains struct {
	A int `lab:"a,main"`
	B int `lab:"b,main"`
}

func (*twoMains) Run(sdk.Env) error { return nil }

type valued struct {
	A int `lab:"a"`
}

func (valued) Run(sdk.Env) error { return nil }

func TestEachReservedWordIsRefused(t *testing.T) {
	if len(reserved) != 33 {
		t.Errorf("%d reserved words, want 33", len(reserved))
	}
	for _, word := range reserved {
		_, err := Manifest(sdk.Plugin{Name: "p", Kinds: []sdk.Kind{{
			Name: "k", New: func() sdk.Component { return &store{} }, Methods: []sdk.Method{sdk.Func(word, "", (*store).clear)},
		}}})
		if err == nil || !strings.Contains(err.Error(), "reserved word") {
			t.Errorf("method %q: got error %v", word, err)
		}
	}
}
