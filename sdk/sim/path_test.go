package sim_test

import (
	"testing"

	"github.com/netlab-dev/netlab/sdk"
)

func TestAClosedConnectionIsListedWhileItsBytesTravel(t *testing.T) {
	l, d, _ := pair(t)
	l.call("n2", func(sdk.Env) {
		get(d.Write(make([]byte, 1000)))
		must(d.Close())
	})
	if list := l.Connections("n1", "n2"); len(list) != 2 || list[1].Waiting != 1000 {
		t.Errorf("listed are %+v, want both ends and 1000 bytes that wait", list)
	}
}
