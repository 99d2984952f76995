package sdk

import (
	"embed"

	"github.com/netlab-dev/netlab/sdk/origin"
)

// The patterns leave out tests: their names end in _test.go. A test sees to it that they leave out nothing else.
//
//go:embed *[^t].go */*[^t].go */*[^s]t.go */*[^e]st.go */*[^t]est.go */*[^_]test.go
var sources embed.FS

// Version is the lab that a program was built with: VERSION+SUM. VERSION is devel for a checkout. lab compares only SUM,
// the sum of the sources.
func Version() string { return origin.Of(sources) }
