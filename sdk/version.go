package sdk

import (
	"embed"

	"github.com/netlab-dev/netlab/sdk/origin"
)

// The patterns leave out tests: their names end in _test.go. A test sees to it that they leave out nothing else.
//
//go:embed *[^t].go */*[^t].go */*[^s]t.go */*[^e]st.go */*[^t]est.go */*[^_]test.go
var sources embed.FS

// Version says which lab a program was built with: VERSION+SUM, devel for a checkout; only the sum, of its sources, counts.
func Version() string { return origin.Of(sources) }
