//go:build !linux

package host

import "time"

// Load is not told here.
func (p *Process) Load() (used time.Duration, wants bool) { return 0, false }

// Available is not told here.
func Available() int64 { return 0 }

// resident is unknown here.
func (p *Process) resident() int64 { return 0 }
