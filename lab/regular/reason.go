package regular

import (
	"io/fs"
)

// Reason leaves out the name of the system call and the path, which the caller has said already.
func Reason(err error) error {
	if wrapped, ok := err.(*fs.PathError); ok {
		return wrapped.Err
	}
	return err
}
