// Command lab-plugin-greeter serves the kind greeter, and the built-in kinds, so that in sim a whole topology can live
// in this one program. Run it by hand to see what it can do.
package main

import (
	greeter "github.com/netlab-dev/netlab/plugins/example"

	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk"
)

func main() { sdk.Main(sdk.Join("greeter", greeter.Plugin(), plugins.Builtin())) }
