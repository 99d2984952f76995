package sdktest

import (
	"os"
	"path/filepath"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// given is a configuration of what has no default.
func (s Subject) given(t T, kind *manifest.Kind) sdk.Fields {
	if config := s.Config[kind.Name]; config != nil {
		return config
	}
	var config sdk.Fields
	for _, p := range kind.Config {
		switch {
		case p.HasDefault:
		case p.Program:
			config = append(config, sdk.Field{Name: p.Name, Value: idleProgram(t)})
		default:
			config = append(config, sdk.Field{Name: p.Name, Value: small(p.Type)})
		}
	}
	return config
}

// idle is a WebAssembly module that ends as soon as it has begun: in four sections the type of a function, one of that type,
// its name _start for the outside, and its code, which is empty.
const idle = "\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" + "\x07\x0a\x01\x06_start\x00\x00" + "\x0a\x04\x01\x02\x00\x0b"

// idleProgram is the path of such a module.
func idleProgram(t T) string {
	path := filepath.Join(t.TempDir(), "idle.wasm")
	if err := os.WriteFile(path, []byte(idle), 0o600); err != nil {
		t.Fatalf("%v", err)
	}
	return path
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
func (s Subject) explicit(t T, kind *manifest.Kind) sdk.Fields {
	config := append(sdk.Fields(nil), s.given(t, kind)...)
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

func (s Subject) wrong(t T, kind *manifest.Kind) []wrong {
	given := s.given(t, kind)
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
