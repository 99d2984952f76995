package wire

import (
	"fmt"

	"github.com/netlab-dev/netlab/sdk/link"
)

// ToProfile turns a link's profile into its form on the wire.
func ToProfile(p link.Profile) *Profile {
	return &Profile{
		Latency: ToDraw(p.Latency), Jitter: ToDraw(p.Jitter),
		Loss: p.Loss, Duplicate: p.Duplicate, Reorder: p.Reorder, Corrupt: p.Corrupt,
		Rate: int64(p.Rate), Queue: p.Queue, Mtu: p.MTU, Burst: toBurst(p.Burst),
	}
}

// toBurst is nil for none.
func toBurst(b link.Burst) *Burst {
	if b == (link.Burst{}) {
		return nil
	}
	return &Burst{Bad: b.Bad, Good: b.Good, Loss: b.Loss}
}

// FromEffect refuses an effect that this program's sdk does not know.
func FromEffect(number uint32) (link.Effect, error) {
	if effect := link.Effect(number); uint32(effect) == number && effect.Valid() {
		return effect, nil
	}
	return 0, fmt.Errorf("effect %d of a fault is not known to this plugin's sdk; build it with a newer one", number)
}

// FromProfile turns a link's profile from the wire into the Go type. Absent, it is the ideal link.
func FromProfile(p *Profile) (link.Profile, error) {
	latency, err := FromDraw(p.GetLatency())
	if err != nil {
		return link.Profile{}, fmt.Errorf("latency: %w", err)
	}
	jitter, err := FromDraw(p.GetJitter())
	if err != nil {
		return link.Profile{}, fmt.Errorf("jitter: %w", err)
	}
	return link.Profile{
		Latency: latency, Jitter: jitter,
		Loss: p.GetLoss(), Duplicate: p.GetDuplicate(), Reorder: p.GetReorder(), Corrupt: p.GetCorrupt(),
		Rate: link.Rate(p.GetRate()), Queue: p.GetQueue(), MTU: p.GetMtu(),
		Burst: link.Burst{Bad: p.GetBurst().GetBad(), Good: p.GetBurst().GetGood(), Loss: p.GetBurst().GetLoss()},
	}, nil
}
