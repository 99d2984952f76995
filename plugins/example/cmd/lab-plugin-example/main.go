// Command lab-plugin-example serves the kinds greeter and sticky-balancer, and the built-in kinds, so that in sim a whole
// topology can live in this one program. Run it by hand to see what it can do.
package main

import (
	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/plugins/example"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/serve"
)

func main() { serve.Main(sdk.Join("example", example.Plugin(), plugins.Builtin())) }
