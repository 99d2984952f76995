package wire

import (
	"fmt"

	"github.com/netlab-dev/netlab/sdk/value"
)

// toFunction turns a function into its form on the wire. Its sources are UTF-8: star.ToValue sends no others.
func toFunction(fn value.Function, depth int) *Function {
	out := &Function{
		Name: Text(fn.Name), Path: Text(fn.Path), Line: fn.Line, Col: fn.Col,
		Free: toFields(fn.Free, depth), Modules: make([]*Function_Module, len(fn.Modules)),
	}
	for i, m := range fn.Modules {
		module := &Function_Module{Path: Text(m.Path), Source: Text(m.Source)}
		for _, load := range m.Loads {
			module.Loads = append(module.Loads, &Function_Load{Name: Text(load.Name), Path: Text(load.Path)})
		}
		out.Modules[i] = module
	}
	for _, name := range fn.Known {
		out.Known = append(out.Known, Text(name))
	}
	return out
}

// function turns a function from the wire into the Go type. Whether its sources are any good shows when it is rebuilt.
func (d *decoder) function(fn *Function, depth int) (any, error) {
	if err := d.take(len(fn.GetModules()) + len(fn.GetKnown())); err != nil {
		return nil, err
	}
	free, err := d.fields(fn.GetFree(), depth)
	if err != nil {
		return nil, fmt.Errorf("function %s: %w", fn.GetName(), err)
	}
	out := value.Function{
		Name: fn.GetName(), Path: fn.GetPath(), Line: fn.GetLine(), Col: fn.GetCol(), Free: free, Known: fn.GetKnown(),
	}
	for _, m := range fn.GetModules() {
		if err := d.take(len(m.GetLoads())); err != nil {
			return nil, err
		}
		module := value.Module{Path: m.GetPath(), Source: m.GetSource()}
		for _, load := range m.GetLoads() {
			module.Loads = append(module.Loads, value.Load{Name: load.GetName(), Path: load.GetPath()})
		}
		out.Modules = append(out.Modules, module)
	}
	return out, nil
}

// take counts parts that are no values by themselves.
func (d *decoder) take(parts int) error {
	if err := d.room(parts); err != nil {
		return err
	}
	d.left -= parts
	return nil
}
