package serve

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/netlab-dev/netlab/sdk/value"
)

// tag is what a field's `lab:"name,default=VALUE,main,live,address,program,draw,oneof=A|B,min=X,max=Y,doc=..."` says.
type tag struct {
	name        string
	doc         string
	hasDefault  bool
	defaultText string
	main, live  bool
	address     bool
	program     bool
	draw        bool
	oneOf       []string
	min, max    string
}

func parseTag(f reflect.StructField) (tag, error) {
	t := tag{name: value.FieldName(f)}
	text := f.Tag.Get("lab")
	if before, doc, ok := strings.Cut(text, ",doc="); ok {
		text, t.doc = before, doc
	}
	for i, option := range value.SplitOutside(text) {
		if i == 0 {
			continue // the name
		}
		key, value, hasValue := strings.Cut(option, "=")
		switch {
		case key == "default" && hasValue && !t.hasDefault:
			t.hasDefault, t.defaultText = true, value
		case key == "main" && !hasValue:
			t.main = true
		case key == "live" && !hasValue:
			t.live = true
		case key == "address" && !hasValue:
			t.address = true
		case key == "program" && !hasValue:
			t.program = true
		case key == "draw" && !hasValue:
			t.draw = true
		case key == "oneof" && hasValue:
			t.oneOf = strings.Split(value, "|")
		case key == "min" && hasValue:
			t.min = value
		case key == "max" && hasValue:
			t.max = value
		default:
			return t, fmt.Errorf("tag option %q: want default=VALUE, main, live, address, program, draw, oneof=A|B, min=VALUE, max=VALUE and, last, doc=TEXT", option)
		}
	}
	return t, nil
}

// fits refuses marks that do not belong to an input of the type.
func (t *tag) fits(of value.Type) error {
	switch {
	case t.draw:
		return errors.New("draw marks what a query answers, not what a script gives")
	case t.address && (of.Base != value.String || of.Lists > 1):
		return fmt.Errorf("address marks a text or a list of texts, not a %s", of)
	case t.program && of != (value.Type{Base: value.String}):
		return fmt.Errorf("program marks a path, which is a text, not a %s", of)
	case t.main && of != (value.Type{Base: value.Int}):
		return fmt.Errorf("main marks a port, which is an int, not a %s", of)
	}
	return nil
}

// defaultOf reads the default, which must fit the field and its limits.
func (t *tag) defaultOf(field reflect.Type, of value.Type, limits value.Limits) (any, error) {
	v, err := value.Parse(of, t.defaultText)
	if err == nil {
		err = assign(reflect.New(field).Elem(), v)
	}
	if err == nil {
		err = limits.Check(v)
	}
	return v, err
}

// limits are those of a field of the type.
func (t *tag) limits(of value.Type) (l value.Limits, err error) {
	of.Lists = 0
	numeric := of.Base == value.Int || of.Base == value.Float || of.Base == value.Duration || of.Base == value.Rate
	switch {
	case t.oneOf != nil && of.Base != value.String:
		return l, fmt.Errorf("oneof is for texts, not for a %s", of)
	case (t.min != "" || t.max != "") && !numeric:
		return l, fmt.Errorf("min and max are for numbers, not for a %s", of)
	}
	if t.main {
		l.Min, l.Max = int64(1), int64(65535) // a port
	}
	l.OneOf = t.oneOf
	if t.min != "" {
		if l.Min, err = value.Parse(of, t.min); err != nil {
			return l, fmt.Errorf("min: %w", err)
		}
	}
	if t.max != "" {
		if l.Max, err = value.Parse(of, t.max); err != nil {
			return l, fmt.Errorf("max: %w", err)
		}
	}
	return l, nil
}
