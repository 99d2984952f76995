//go:build !linux

package host

import "time"

// Load is not told here.
func (p *Process) Load() (used time.Duration, wants bool) { return 0, false }

// resident is unknown here.
func (p *Process) resident() int64 { return 0 }
