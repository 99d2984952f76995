package balancer

import (
	"testing"

	"github.com/netlab-dev/netlab/sdk/sdktest"
)

func TestThePluginPassesTheSuite(t *testing.T) { sdktest.Run(t, Plugin()) }
