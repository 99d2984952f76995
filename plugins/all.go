// Package plugins lists the plugins that are built into lab.
package plugins

import (
	"github.com/netlab-dev/netlab/plugins/balancer"
	"github.com/netlab-dev/netlab/plugins/raft"
	"github.com/netlab-dev/netlab/plugins/tcpecho"
	"github.com/netlab-dev/netlab/plugins/traffic"
	"github.com/netlab-dev/netlab/plugins/udpecho"
	"github.com/netlab-dev/netlab/sdk"
)

// Builtin serves every kind that comes with lab, so that a topology of them needs one program only.
func Builtin() sdk.Plugin {
	return sdk.Join("builtin", tcpecho.Plugin(), udpecho.Plugin(), traffic.Plugin(), raft.Plugin(), balancer.Plugin())
}
