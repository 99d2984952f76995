//go:build !linux

package host

import "os/exec"

// orphans: no process takes in those of others here. What a plugin starts beyond its group outlives it.
var orphans orphanage

type orphanage struct{}

func (orphanage) open() error               { return nil }
func (orphanage) close() error              { return nil }
func (orphanage) start(cmd *exec.Cmd) error { return cmd.Start() }
func (orphanage) forget(*exec.Cmd)          {}
func (orphanage) killAll()                  {}
func (orphanage) end(*family)               {}

func (f *family) freeze() {}
