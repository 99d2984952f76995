package sdk

import (
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Values that travel between scripts and components, beside Go's own bool, int64, float64, string, []byte, []any and
// time.Duration.
type (
	// Fields is an ordered set of named values: a struct or a dict of the script. Get and Lookup find one by its name.
	Fields = value.Fields
	// Field is one of them: a Name and a Value.
	Field = value.Field
	// Addr is a network address "node:port"; a script may pass a node for it, which stands for its main address.
	Addr = value.Addr
	// Function is a function of the script, as source: see star.Rebuild.
	Function = value.Function
	// Draw is a duration that is drawn anew each time: a distribution.
	Draw = link.Draw
	// Rate is bits per second; 0 is unlimited.
	Rate = link.Rate
)

// MakeAddr joins a node's name and a port.
func MakeAddr(node string, port int) Addr { return value.MakeAddr(node, port) }
