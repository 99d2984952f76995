package sdk

import (
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Values that scripts and components exchange, in addition to bool, int64, float64, string, []byte, []any and
// time.Duration.
type (
	// Fields is an ordered set of named values: a struct or a dict of the script. Get and Lookup find a value by its name.
	Fields = value.Fields
	// Field is one entry of Fields: a Name and a Value.
	Field = value.Field
	// Addr is a network address "node:port". A script may give a node: this means the node's main address.
	Addr = value.Addr
	// Function is the source of a function of the script: see star.Rebuild.
	Function = value.Function
	// Draw is a random distribution: each use gives a new duration.
	Draw = link.Draw
	// Rate is bits per second; 0 means no limit.
	Rate = link.Rate
)

// MakeAddr joins a node's name and a port.
func MakeAddr(node string, port int) Addr { return value.MakeAddr(node, port) }
