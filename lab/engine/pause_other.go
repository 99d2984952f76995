//go:build !linux

package engine

// awaitStopped would wait until the process has stopped; there is no way to learn it here. SIGSTOP takes effect within
// a millisecond.
func awaitStopped(int) {}
