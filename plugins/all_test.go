package plugins

import (
	"testing"

	"github.com/netlab-dev/netlab/sdk/sdktest"
)

func TestTheBuiltinPluginPassesTheSuite(t *testing.T) { sdktest.Run(t, Builtin()) }
