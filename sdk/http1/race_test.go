//go:build race

package http1

func init() { raceEnabled = true } // the race detector makes sync.Pool drop buffers at random
