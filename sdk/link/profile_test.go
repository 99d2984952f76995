package link

import (
	"strings"
	"testing"
	"time"
)

func TestAFieldIsSetByItsNameAndOfItsTypeOnly(t *testing.T) {
	for _, f := range Fields {
		if f.Name == "" {
			t.Errorf("a field of type %T has no name for scripts", f.Zero)
		}
	}
	burst := Burst{Bad: 0.1, Good: 0.5, Loss: 1, Slot: time.Second}
	p := Profile{Queue: 7}
	for _, step := range []struct {
		name string
		to   any
		want Profile
	}{
		{"loss", 0.5, Profile{Queue: 7, Loss: 0.5}},
		{"loss", burst, Profile{Queue: 7, Burst: burst}},
		{"loss", 0.0, Profile{Queue: 7}},
		{"queue", DefaultCodel, Profile{Codel: DefaultCodel}},
		{"queue", int64(7), Profile{Queue: 7}},
		{"latency", NewFixed(time.Second), Profile{Queue: 7, Latency: NewFixed(time.Second)}},
	} {
		if err := p.Set(step.name, step.to); err != nil || p != step.want {
			t.Errorf("Set(%s, %v) = %v: %+v, want %+v", step.name, step.to, err, p, step.want)
		}
	}
	for name, want := range map[string]string{"mtu": "mtu is a int, want a int64", "mut": `a profile has no field "mut"`} {
		if err := p.Set(name, 1400); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Set(%s, an int) = %v, want %s", name, err, want)
		}
	}
}
