package serve

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// input is how a set of named values from a script becomes the fields of a Go struct: a kind's configuration or a
// method's arguments. A nil input takes no values.
type input struct {
	params []param
}

type param struct {
	index int // of the struct's field
	name  string
	value any  // the default
	has   bool // whether there is a default
	// What the value must be beside its type. The host checks it, too, and knows the line.
	limits value.Limits
}

// inputOf describes a struct. Only tagged fields count when tagged is set, else every exported field does. taken are
// names that belong to owner.
func inputOf(t reflect.Type, tagged bool, taken []string, owner string) (*input, []*manifest.Parameter, error) {
	in := &input{}
	var described []*manifest.Parameter
	var errs []error
	for i := range t.NumField() {
		f := t.Field(i)
		if _, hasTag := f.Tag.Lookup("lab"); !hasTag && (tagged || !f.IsExported()) {
			continue
		}
		p, d, err := inputField(f, taken, owner)
		if err == nil && in.find(p.name) != nil {
			err = errors.New("the name is given twice")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%q: %w", value.FieldName(f), err))
			continue
		}
		p.index = i
		in.params = append(in.params, p)
		described = append(described, d)
	}
	return in, described, errors.Join(errs...)
}

func inputField(f reflect.StructField, taken []string, owner string) (param, *manifest.Parameter, error) {
	if !f.IsExported() {
		return param{}, nil, fmt.Errorf("field %s has a lab tag but is not exported; start its name with a capital", f.Name)
	}
	tag, err := parseTag(f)
	if err == nil {
		err = checkWord(tag.name, taken, owner)
	}
	if err != nil {
		return param{}, nil, err
	}
	p := param{name: tag.name, has: tag.hasDefault}
	typ, ok := plainType(f.Type)
	if !ok {
		return p, nil, fmt.Errorf("type %s cannot come from a script; use %s", f.Type, inputTypes)
	}
	d := &manifest.Parameter{
		Name: tag.name, Type: typ, Doc: tag.doc, HasDefault: tag.hasDefault, Main: tag.main, Live: tag.live,
		Address: tag.address, Program: tag.program,
	}
	if err := tag.fits(typ); err != nil {
		return p, nil, err
	}
	if d.Limits, err = tag.limits(typ); err != nil {
		return p, nil, err
	}
	p.limits = d.Limits
	if tag.hasDefault {
		if p.value, err = tag.defaultOf(f.Type, typ, d.Limits); err != nil {
			return p, nil, fmt.Errorf("default: %w", err)
		}
		d.Default = p.value
	}
	return p, d, nil
}

func (in *input) find(name string) *param {
	for i := range in.params {
		if in.params[i].name == name {
			return &in.params[i]
		}
	}
	return nil
}

// fill sets the struct's fields. Values that are not given take their defaults.
func (in *input) fill(dst reflect.Value, values value.Fields) error {
	if in == nil {
		if len(values) > 0 {
			return fmt.Errorf("%q: no such parameter: there are none", values[0].Name)
		}
		return nil
	}
	seen := 0
	for i := range in.params {
		p := &in.params[i]
		value, given := values.Lookup(p.name)
		var err error
		if given {
			seen++
			err = p.limits.Check(value)
		} else if value = p.value; !p.has {
			return fmt.Errorf("%q is missing: it has no default", p.name)
		}
		if err == nil {
			err = assign(dst.Field(p.index), value)
		}
		if err != nil {
			return fmt.Errorf("%q: %w", p.name, err)
		}
	}
	if seen == len(values) {
		return nil
	}
	for i, v := range values {
		if in.find(v.Name) == nil {
			return fmt.Errorf("%q: no such parameter", v.Name)
		}
		for _, other := range values[:i] {
			if other.Name == v.Name {
				return fmt.Errorf("%q is given twice", v.Name)
			}
		}
	}
	return nil
}
