package disk

import (
	"fmt"
	"os"

	"github.com/netlab-dev/netlab/sdk"
)

// Directory returns a backing of real files in the directory, which is created when it does not exist. Nothing outside
// is ever touched, also through symbolic links.
func Directory(path string) (Backing, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("disk: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("disk: %w", err)
	}
	return &directory{root}, nil
}

type directory struct{ root *os.Root }

func (d *directory) Open(name string) (sdk.File, error) {
	f, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return realFile{f}, nil
}

func (d *directory) Rename(oldname, newname string) error { return d.root.Rename(oldname, newname) }

func (d *directory) Remove(name string) error { return d.root.Remove(name) }

func (d *directory) Stat(name string) (int64, error) {
	info, err := d.root.Stat(name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (d *directory) List() ([]string, error) {
	dir, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

func (d *directory) Flush() error {
	dir, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func (d *directory) Close() error { return d.root.Close() }

type realFile struct{ *os.File }

func (f realFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
