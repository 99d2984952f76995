//go:build !unix

package host

import "os/exec"

// group is a command: there are no process groups here, so what it starts is left to end by itself.
type group struct{ cmd *exec.Cmd }

func (h *Host) newGroup() (*group, error) { return &group{}, nil }

func (g *group) join(cmd *exec.Cmd) { g.cmd = cmd }

func (g *group) kill() error { return g.cmd.Process.Kill() }

func (g *group) end() {}
