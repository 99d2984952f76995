package wire

import (
	"fmt"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// ToProfile puts a link's profile into its form on the wire: the fields that are not zero, a burst as its three chances.
func ToProfile(p link.Profile) *Fields {
	var fields value.Fields
	for _, f := range link.Fields {
		v := f.Of(p)
		if v == f.Zero {
			continue
		}
		if b, ok := v.(link.Burst); ok {
			v = []any{b.Bad, b.Good, b.Loss}
		}
		fields = append(fields, value.Field{Name: f.Name, Value: v})
	}
	return ToFields(fields)
}

// FromProfile turns a link's profile from the wire into the Go type. Absent, it is the ideal link.
func FromProfile(in *Fields) (p link.Profile, err error) {
	if in == nil {
		return p, nil
	}
	fields, err := FromFields(in)
	if err != nil {
		return p, err
	}
	for _, f := range fields {
		if list, ok := f.Value.([]any); ok && len(list) == 3 {
			var chances [3]float64
			for i := range list {
				chances[i], _ = list[i].(float64)
			}
			f.Value = link.Burst{Bad: chances[0], Good: chances[1], Loss: chances[2]}
		}
		if err := p.Set(f.Name, f.Value); err != nil {
			return p, err
		}
	}
	return p, p.Validate()
}

// FromEffect refuses an effect that this program's sdk does not know.
func FromEffect(number uint32) (link.Effect, error) {
	if effect := link.Effect(number); uint32(effect) == number && effect.Valid() {
		return effect, nil
	}
	return 0, fmt.Errorf("effect %d of a fault is not known to this plugin's sdk; build it with a newer one", number)
}
