package serve

import (
	"errors"
	"fmt"
	"reflect"
	"syscall"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/measure"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// instance is one incarnation of a node: its component, and the objects that its methods have returned. In sim one task
// at a time uses it; in live the world guards it.
type instance struct {
	kind        *kindType
	name        string
	incarnation int
	component   reflect.Value
	env         sdk.Env       // see bind
	envValue    reflect.Value // the same, of type Env
	objects     []object      // object number i+1
	numbers     map[any]int64
	last        map[*method]sent
	asked       []asked // sim: the queries of the present moment
	askedAt     moment
	passed      func(time.Duration) time.Duration // from the run's time to the node's clock; nil when they go alike
}

// sent is a method's result and its form on the wire.
type sent struct {
	result any
	data   []byte
}

type object struct {
	typ   *objectType
	value reflect.Value
}

// newInstance makes a component and fills in its configuration, which the component may refuse: see validate.
func (s *served) newInstance(start *wire.Start) (*instance, error) {
	kind := s.kinds[start.GetKind()]
	if kind == nil {
		return nil, fmt.Errorf("node %s: plugin %s serves no kind %q",
			start.GetNode(), s.manifest.Name, start.GetKind())
	}
	config, err := wire.FromFields(start.GetConfig())
	component := kind.make()
	value := reflect.ValueOf(component)
	if err == nil {
		dst := value
		if kind.config != nil {
			dst = value.Elem()
		}
		err = kind.config.fill(dst, config)
	}
	if err != nil {
		return nil, fmt.Errorf("node %s: %s: config %w", start.GetNode(), kind.name, err)
	}
	if err := validate(component); err != nil {
		return nil, err
	}
	return &instance{
		kind: kind, name: start.GetNode(), incarnation: int(start.GetIncarnation()), component: value,
	}, nil
}

// misuse is an error that sdk.Misuse has made.
type misuse interface{ Misuse() (hint string) }

// validate asks a component that can say so whether its configuration makes sense. The error is a misuse.
func validate(c sdk.Component) error {
	v, ok := c.(interface{ Validate() error })
	if !ok {
		return nil
	}
	err := v.Validate()
	if errors.As(err, new(misuse)) {
		return err
	}
	return sdk.Misuse("", err)
}

func failureOf(node string, at time.Duration, err error, stack string) *wire.Failure {
	return &wire.Failure{
		Node: wire.Text(node), At: int64(at), Error: wire.Text(err.Error()), Stack: wire.Text(stack),
		Files: errors.Is(err, syscall.EMFILE),
	}
}

// startFailure is the failure of a node that cannot start.
func startFailure(node string, at time.Duration, err error) *wire.Failure {
	failure := failureOf(node, at, err, "")
	var wrong misuse
	if failure.Misuse = errors.As(err, &wrong); failure.Misuse {
		failure.Hint = wire.Text(wrong.Misuse())
	}
	return failure
}

// bind says on which environment the component and its methods run. It must come before run and the first call.
func (n *instance) bind(on sdk.Env) {
	var e sdk.Env = &declaredEnv{on, n.kind}
	n.env = e
	if c, ok := on.(interface {
		Passed(time.Duration) time.Duration
	}); ok {
		n.passed = c.Passed
	}
	n.envValue = reflect.ValueOf(&e).Elem() // of the interface's own type: a call need not find out whether e has it
}

// run is the component's Run, in the form in which nodes take it.
func (n *instance) run(sdk.Env) error { return n.component.Interface().(sdk.Component).Run(n.env) }

// invocation is one call of a method, made ready: what is wrong with it is known before anything runs. It must not be
// copied after prepare.
type invocation struct {
	method    *method
	ofObject  bool // not of the node
	in        [3]reflect.Value
	arguments value.Fields
	own       callEnv // of a call that has a deadline, or that was not made at the run's beginning
	env       sdk.Env // &own
}

// prepare finds the method and decodes its arguments.
func (inv *invocation) prepare(n *instance, call *wire.Call) error {
	if err := inv.find(n, call); err != nil {
		return err
	}
	m := inv.method
	inv.in[1] = n.envValue
	if timeout, at := call.GetTimeout(), call.GetAt(); timeout > 0 || at > 0 {
		inv.own = callEnv{Env: n.env, began: time.Duration(at)}
		if timeout > 0 {
			inv.own.deadline, inv.own.given = n.deadline(time.Duration(timeout)), call.GetGiven()
		}
		inv.env = &inv.own
		inv.in[1] = reflect.ValueOf(&inv.env).Elem()
	}
	if m.args == nil && len(call.GetArguments().GetFields()) == 0 {
		return nil
	}
	values, err := wire.FromFields(call.GetArguments())
	if err == nil {
		inv.arguments = values
		err = m.input.fill(inv.blank(), values)
	}
	if err != nil {
		return fmt.Errorf("%s: argument %w", m.name, err)
	}
	return nil
}

// find takes the method and what it is called on: the node, or one of its objects.
func (inv *invocation) find(n *instance, call *wire.Call) error {
	receiver, methods, on := n.component, n.kind.methods, "kind "+n.kind.name
	if id := call.GetObject(); id != 0 {
		if int(call.GetIncarnation()) != n.incarnation {
			return fmt.Errorf("%s restarted", n.name)
		}
		if id < 1 || id > int64(len(n.objects)) {
			return fmt.Errorf("%s has no object %d", n.name, id)
		}
		o := n.objects[id-1]
		receiver, methods, on = o.value, o.typ.methods, o.typ.name
		inv.ofObject = true
	}
	if inv.method = methods[call.GetMethod()]; inv.method == nil {
		return fmt.Errorf("%s has no method %q", on, call.GetMethod())
	}
	inv.in[0] = receiver
	return nil
}

// deadline is when the timeout of a call is over, on the node's clock: it is counted in the run's time.
func (n *instance) deadline(timeout time.Duration) time.Time {
	if n.passed != nil {
		timeout = n.passed(timeout)
	}
	return n.env.Now().Add(timeout)
}

// blank makes the arguments, and returns the struct that is to be filled.
func (inv *invocation) blank() reflect.Value {
	m := inv.method
	switch {
	case m.next != nil:
		inv.in[2] = reflect.ValueOf(m.next())
		return inv.in[2].Elem()
	case m.args != nil:
		inv.in[2] = reflect.New(m.args).Elem()
	}
	return inv.in[2]
}

// call runs the method in the calling task.
func (inv *invocation) call() (result reflect.Value, err error) {
	count := 2
	if inv.method.args != nil {
		count = 3
	}
	out := inv.method.fn.Call(inv.in[:count])
	err, _ = out[len(out)-1].Interface().(error)
	if len(out) == 2 {
		result = out[0]
	}
	return result, err
}

// reply turns what a method has returned into what the script receives: a value, encoded, or the text of an error.
func (n *instance) reply(m *method, result reflect.Value, err error) (wire.Reply_Status, []byte, string) {
	var wrong misuse
	switch {
	case err == nil:
	case errors.As(err, &wrong):
		return wire.Reply_MISUSE, wire.EncodeValue(wrong.Misuse()), err.Error()
	case errors.As(err, new(interface{ Unknown() bool })), errors.Is(err, sdk.ErrStopped):
		return wire.Reply_UNKNOWN, nil, err.Error()
	default:
		return wire.Reply_FAILED, nil, err.Error()
	}
	switch {
	case m.results == 1:
		return wire.Reply_OK, encodedNone, ""
	case m.object != nil && !result.IsNil():
		return n.referred(m, result)
	case m.plain:
		if last, ok := n.last[m]; ok && last.result == result.Interface() {
			return wire.Reply_OK, last.data, ""
		}
	}
	value, err := value.ValueOf(result)
	if err != nil {
		return wire.Reply_UNKNOWN, nil, fmt.Sprintf("%s: the result cannot be sent: %v", m.name, err)
	}
	data := wire.EncodeValue(value)
	if m.plain {
		if n.last == nil {
			n.last = map[*method]sent{}
		}
		n.last[m] = sent{result.Interface(), data}
	}
	return wire.Reply_OK, data, ""
}

var encodedNone = wire.EncodeValue(nil)

// measured is what the object that the node's method has returned has measured over time, encoded; nil for none.
func (n *instance) measured(inv *invocation, result reflect.Value, err error) []byte {
	if err != nil || inv.method.object == nil || inv.ofObject || result.IsNil() {
		return nil
	}
	m, ok := result.Interface().(interface{ Series() measure.Series })
	if !ok {
		return nil
	}
	series, err := value.ValueOf(reflect.ValueOf(m.Series()))
	if err != nil {
		return nil
	}
	return wire.EncodeValue(series)
}

// referred answers with a reference to an object, and what its fields say now.
func (n *instance) referred(m *method, result reflect.Value) (wire.Reply_Status, []byte, string) {
	ref := n.reference(m.object, result)
	if m.object.hasFields {
		fields, err := value.StructFields(result.Elem())
		if err != nil {
			return wire.Reply_UNKNOWN, nil, fmt.Sprintf("%s: the result cannot be sent: %v", m.name, err)
		}
		ref.Fields = fields
	}
	return wire.Reply_OK, wire.EncodeValue(ref), ""
}

// reference numbers an object; the same pointer keeps its number.
func (n *instance) reference(typ *objectType, v reflect.Value) value.Object {
	key := v.Interface()
	id := n.numbers[key]
	if id == 0 {
		if n.numbers == nil {
			n.numbers = map[any]int64{}
		}
		n.objects = append(n.objects, object{typ, v})
		id = int64(len(n.objects))
		n.numbers[key] = id
	}
	return value.Object{Node: n.name, Incarnation: n.incarnation, ID: id, Type: typ.name}
}

// callEnv is the environment of one method call, of which sdk.Deadline and sdk.Began ask.
type callEnv struct {
	sdk.Env
	deadline time.Time // zero for none
	given    bool      // the deadline, by the script
	began    time.Duration
}

// Dial takes as long as the script allows, if that is longer than usual.
func (c *callEnv) Dial(addr string) (sdk.Conn, error) {
	if !c.given {
		return c.Env.Dial(addr)
	}
	return c.Env.DialTimeout(addr, max(sdk.DialTimeout, sdk.Left(c, c.deadline)))
}

func (c *callEnv) Deadline() time.Time  { return c.deadline }
func (c *callEnv) Began() time.Duration { return c.began }
