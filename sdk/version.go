package sdk

import (
	"embed"
	"sync"

	"github.com/netlab-dev/netlab/sdk/origin"
)

// The patterns leave out tests: their names end in _test.go. A test sees to it that they leave out nothing else.
//
//go:embed *[^t].go *[^s]t.go */*[^t].go */*[^s]t.go */*[^e]st.go */*[^t]est.go
var sources embed.FS

// labVersion says which lab this program was built with.
var labVersion = sync.OnceValue(func() string { return origin.Of(sources) })
