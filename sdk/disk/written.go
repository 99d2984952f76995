package disk

import (
	"errors"
	"io"

	"github.com/netlab-dev/netlab/sdk"
)

// Recover brings into stored what was written before a process was killed, and forgets all that was written: so a new
// Disk may begin. If kept is false it was a loss of power, and only the latter happens.
func Recover(stored, written Backing, kept bool) error {
	names, err := written.List()
	for _, name := range names {
		if err == nil && kept {
			err = copyFile(stored, written, name)
		}
		if err == nil {
			err = written.Remove(name)
		}
	}
	return err
}

func copyFile(to, from Backing, name string) error {
	source, err := from.Open(name)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := to.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(copyContent(target, source), target.Close())
}

// copyContent makes one file like another one.
func copyContent(to, from sdk.File) error {
	size, err := from.Size()
	if err != nil {
		return err
	}
	if err := to.Truncate(size); err != nil {
		return err
	}
	_, err = io.Copy(io.NewOffsetWriter(to, 0), io.NewSectionReader(from, 0, size))
	return err
}

// mirror opens the file that takes the writes of a file at once; nil when nobody wants them.
func (d *Disk) mirror(f *file) (sdk.File, error) {
	if d.options.Written == nil {
		return nil, nil
	}
	written, err := d.options.Written.Open(f.name)
	if err != nil {
		return nil, err
	}
	if err := copyContent(written, f.stored); err != nil {
		written.Close()
		return nil, err
	}
	return written, nil
}

// renameWritten does with the file as written what was done with the stored one. It is there only if it was opened.
func (d *Disk) renameWritten(oldname, newname string) error {
	if d.options.Written == nil || oldname == newname {
		return nil
	}
	err := d.options.Written.Rename(oldname, newname)
	if errors.Is(err, sdk.ErrNotExist) {
		return d.removeWritten(newname)
	}
	return err
}

func (d *Disk) removeWritten(name string) error {
	if d.options.Written == nil {
		return nil
	}
	if err := d.options.Written.Remove(name); !errors.Is(err, sdk.ErrNotExist) {
		return err
	}
	return nil
}
