package wire

import (
	"testing"

	"github.com/netlab-dev/netlab/sdk/link"
)

func TestAnEffectThatTheSdkDoesNotKnowIsRefused(t *testing.T) {
	for _, number := range []uint32{200, 256, 256 + uint32(link.Cut)} {
		if effect, err := FromEffect(number); err == nil {
			t.Errorf("effect %d is taken for %v", number, effect)
		}
	}
	if effect, err := FromEffect(uint32(link.Cut)); effect != link.Cut || err != nil {
		t.Errorf("FromEffect of a cut = %v, %v", effect, err)
	}
}
