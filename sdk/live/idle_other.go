//go:build !unix

package live

// peek needs nothing where one cannot peek.
type peek struct{}

// Idle cannot tell here.
func (c *conn) Idle() bool { return true }
