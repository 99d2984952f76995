package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/netlab-dev/netlab/sdk"
)

// maxAnswer is how long a line on descriptor 4 may be, in bytes.
const maxAnswer = 1 << 20

// controlFD is the number of control.
const controlFD = 4

// control is descriptor 4: the program reads questions from it and writes answers, a line of JSON each.
type control struct {
	in, out []byte
	asked   int64
	answers map[int64]answer
}

type question struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Args any    `json:"args"`
}

type answer struct {
	ID     *int64 `json:"id"`
	Result any    `json:"result"`
	Error  string `json:"error"`
}

func (*control) filetype() byte   { return typeStream }
func (c *control) readable() bool { return len(c.in) > 0 }
func (*control) writable() bool   { return true }
func (*control) close(*process)   {}

func (c *control) read(_ *process, size int) ([]byte, errno) {
	if len(c.in) == 0 {
		return nil, eAgain
	}
	data := c.in[:min(size, len(c.in))]
	c.in = c.in[len(data):]
	return data, success
}

func (c *control) write(p *process, data []byte) (int, errno) {
	c.out = append(c.out, data...)
	for {
		line, rest, whole := bytes.Cut(c.out, []byte("\n"))
		switch {
		case !whole && len(c.out) > maxAnswer:
			p.fail("descriptor 4: a line has more than %d bytes", maxAnswer)
		case !whole:
			return len(data), success
		}
		c.out = rest
		if len(bytes.TrimSpace(line)) > 0 {
			c.take(p, line)
		}
	}
}

// take takes an answer. What is none ends the program.
func (c *control) take(p *process, line []byte) {
	var a answer
	if err := json.Unmarshal(line, &a); err != nil || a.ID == nil {
		p.fail(`descriptor 4: got %.100q, want an answer: {"id": 1, "result": ...} or {"id": 1, "error": "..."}`, line)
	}
	c.answers[*a.ID] = a
	p.cond.Broadcast()
}

type callArgs struct {
	Name string     `lab:"name,doc=the name that the program knows"`
	Args sdk.Fields `lab:"args,default={},doc=its arguments"`
}

// call asks the program and waits for the answer.
func (c *Program) call(env sdk.Env, args callArgs) (any, error) {
	p := c.process.Load()
	if p == nil {
		return nil, errors.New("the program has not started")
	}
	p.cond.Lock()
	defer p.cond.Unlock()
	if p.ended {
		return nil, errors.New("the program has ended")
	}
	k := p.control
	k.asked++
	id := k.asked
	line, err := json.Marshal(question{id, args.Name, plain(args.Args)})
	if err != nil {
		return nil, err
	}
	k.in = append(append(k.in, line...), '\n')
	p.cond.Broadcast()
	for !p.ended {
		if a, ok := k.answers[id]; ok {
			delete(k.answers, id)
			if a.Error != "" {
				return nil, errors.New(a.Error)
			}
			return travelling(a.Result), nil
		}
		if err := p.cond.Wait(sdk.Deadline(env)); err != nil {
			return nil, sdk.Unknown(err)
		}
	}
	return nil, sdk.Unknown(errors.New("the program has ended"))
}

// plain is a value as encoding/json writes it.
func plain(v any) any {
	switch v := v.(type) {
	case sdk.Fields:
		m := map[string]any{}
		for _, f := range v {
			m[f.Name] = plain(f.Value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	case []byte:
		return string(v)
	}
	return v
}

// travelling is a value of JSON as it travels to scripts: a number without a fraction is an integer.
func travelling(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = travelling(v[i])
		}
		return list
	case map[string]any:
		var fields sdk.Fields
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, sdk.Field{Name: name, Value: travelling(v[name])})
		}
		return fields
	}
	return v
}
