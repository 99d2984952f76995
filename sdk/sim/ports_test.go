package sim_test

import (
	"testing"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
)

func TestWhenNoPortIsFreeADialSaysSo(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	l.call("n1", func(e sdk.Env) {
		for range 1 << 14 {
			get(e.Listen(0))
		}
		_, err := e.Dial("n1:7")
		l.wantErr("dial", err, sdk.ErrNoPort)
		_, err = e.Listen(0)
		l.wantErr("listen", err, sdk.ErrNoPort)
	})
}
