package sdktest

import (
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// given is a configuration of what has no default.
func (s Subject) given(kind *wire.Kind) sdk.Fields {
	if config := s.Config[kind.GetName()]; config != nil {
		return config
	}
	var config sdk.Fields
	for _, p := range kind.GetConfig() {
		if !p.GetHasDefault() {
			config = append(config, sdk.Field{Name: p.GetName(), Value: small(p.GetType())})
		}
	}
	return config
}

// small is a value of the type that does little.
func small(typ string) any {
	switch typ {
	case "bool":
		return false
	case "int":
		return int64(1)
	case "float":
		return 0.5
	case "string":
		return "x"
	case "bytes":
		return []byte("x")
	case "duration", "draw":
		return 10 * time.Millisecond
	case "rate":
		return sdk.Rate(1_000_000)
	case "address":
		return sdk.Addr("n2:8080")
	case "dict":
		return sdk.Fields{}
	}
	if item, ok := strings.CutPrefix(typ, "list<"); ok {
		return []any{small(strings.TrimSuffix(item, ">"))}
	}
	return nil
}

// explicit is the configuration with every default written out.
func (s Subject) explicit(kind *wire.Kind) (sdk.Fields, error) {
	config := append(sdk.Fields(nil), s.given(kind)...)
	for _, p := range kind.GetConfig() {
		if !p.GetHasDefault() || has(config, p.GetName()) {
			continue
		}
		value, err := wire.FromValue(p.GetDefaultValue())
		if err != nil {
			return nil, err
		}
		config = append(config, sdk.Field{Name: p.GetName(), Value: value})
	}
	return config, nil
}

func has(config sdk.Fields, name string) bool {
	for _, f := range config {
		if f.Name == name {
			return true
		}
	}
	return false
}

// wrong is a configuration that must be refused, and why.
type wrong struct {
	what   string
	config sdk.Fields
}

func (s Subject) wrong(kind *wire.Kind) []wrong {
	given := s.given(kind)
	all := []wrong{{"an unknown parameter", with(given, "no_such_parameter", nil)}}
	for _, p := range kind.GetConfig() {
		if p.GetType() != "any" {
			all = append(all, wrong{"an object as " + p.GetName(),
				with(given, p.GetName(), env.Object{Node: "n1", ID: 1, Type: "x"})})
		}
		if !p.GetHasDefault() {
			all = append(all, wrong{"no " + p.GetName() + ", which has no default", without(given, p.GetName())})
		}
	}
	return all
}

func with(config sdk.Fields, name string, value any) sdk.Fields {
	return append(without(config, name), sdk.Field{Name: name, Value: value})
}

func without(config sdk.Fields, name string) sdk.Fields {
	var others sdk.Fields
	for _, f := range config {
		if f.Name != name {
			others = append(others, f)
		}
	}
	return others
}
