package sdktest

import (
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// given is a configuration of what has no default.
func (s Subject) given(kind *manifest.Kind) sdk.Fields {
	if config := s.Config[kind.Name]; config != nil {
		return config
	}
	var config sdk.Fields
	for _, p := range kind.Config {
		if !p.HasDefault {
			config = append(config, sdk.Field{Name: p.Name, Value: small(p.Type)})
		}
	}
	return config
}

// small is a value of the type that does little.
func small(t value.Type) any {
	if t.IsList() {
		return []any{small(t.Item())}
	}
	switch t.Base {
	case value.Bool:
		return false
	case value.Int:
		return int64(1)
	case value.Float:
		return 0.5
	case value.String:
		return "x"
	case value.Bytes:
		return []byte("x")
	case value.Duration, value.Draw:
		return 10 * time.Millisecond
	case value.Rate:
		return sdk.Rate(1_000_000)
	case value.Address:
		return sdk.Addr("n2:8080")
	case value.Dict:
		return sdk.Fields{}
	}
	return nil
}

// explicit is the configuration with every default written out.
func (s Subject) explicit(kind *manifest.Kind) sdk.Fields {
	config := append(sdk.Fields(nil), s.given(kind)...)
	for _, p := range kind.Config {
		if !p.HasDefault || has(config, p.Name) {
			continue
		}
		config = append(config, sdk.Field{Name: p.Name, Value: p.Default})
	}
	return config
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

func (s Subject) wrong(kind *manifest.Kind) []wrong {
	given := s.given(kind)
	all := []wrong{{"an unknown parameter", with(given, "no_such_parameter", nil)}}
	for _, p := range kind.Config {
		if p.Type != (value.Type{}) {
			all = append(all, wrong{"an object as " + p.Name,
				with(given, p.Name, value.Object{Node: "n1", ID: 1, Type: "x"})})
		}
		if !p.HasDefault {
			all = append(all, wrong{"no " + p.Name + ", which has no default", without(given, p.Name)})
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
