//go:build !unix

package regular

import "io/fs"

// controlled finds nothing here: access lists, not modes, keep others out of a user's data directory.
func controlled(string, fs.FileInfo, fs.FileMode, bool) *distrust { return nil }
