// Package plugins lists the plugins that are built into lab.
package plugins

import (
	"embed"

	"github.com/netlab-dev/netlab/plugins/balancer"
	"github.com/netlab-dev/netlab/plugins/raft"
	"github.com/netlab-dev/netlab/plugins/tcpecho"
	"github.com/netlab-dev/netlab/plugins/traffic"
	"github.com/netlab-dev/netlab/plugins/udpecho"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/program"
)

// The patterns leave out tests: their names end in _test.go. A test sees to it that they leave out nothing else.
//
//go:embed *[^t].go tcpecho/*[^t].go udpecho/*[^t].go traffic/*[^t].go traffic/*[^s]t.go
//go:embed raft/*[^t].go raft/*[^s]t.go raft/*[^t]est.go raft/*/*[^t].go raft/*/*[^s]t.go
//go:embed balancer/*[^t].go balancer/*[^s]t.go balancer/strategy/*[^t].go
var sources embed.FS

// StrategyTemplates is what the author of a balancing strategy begins with: see skeleton.Plugin of lab.
var StrategyTemplates = balancer.Templates

// Builtin serves every kind that comes with lab, so that a topology of them needs one program only.
func Builtin() sdk.Plugin {
	all := sdk.Join("builtin", tcpecho.Plugin(), udpecho.Plugin(), traffic.Plugin(), raft.Plugin(), balancer.Plugin(), program.Plugin())
	all.Sources = sources
	return all
}
