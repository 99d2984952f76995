package engine

import "time"

// LimitStart changes how long the nodes of a live run may take to get ready.
func LimitStart(e Engine, d time.Duration) { e.(*live).startLimit = d }
