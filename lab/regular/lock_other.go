//go:build !darwin && !linux

package regular

import "os"

// LockDirectory locks nothing here, and so nothing tells an abandoned directory from one in use.
func lockDirectory(string, bool) (*os.File, error) { return nil, nil }

func tryLock(string, bool) (*os.File, error) { return nil, nil }

// Identity is unknown here: files have no time that programs cannot set.
func identity(string) string { return "" }
