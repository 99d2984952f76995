package live

import (
	"errors"
	"path/filepath"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
)

// Disk is the node's storage in Config.Directory. If that cannot be opened, every call answers why.
func (n *Node) Disk() sdk.Disk {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.disk != nil {
		return n.disk
	}
	if n.ending {
		return noDisk{sdk.ErrStopped}
	}
	if n.config.Directory == "" {
		return noDisk{errors.New("this node has no directory for a disk")}
	}
	files, written, err := n.openDisk()
	if err != nil {
		return noDisk{err}
	}
	n.files = []disk.Backing{files, written}
	n.disk = disk.New(files, disk.Options{Written: written})
	return n.disk
}

// openDisk opens what is stored, and beside it what the process writes, as a crash of the process alone keeps it.
func (n *Node) openDisk() (files, written disk.Backing, err error) {
	if files, err = disk.Directory(filepath.Join(n.config.Directory, "stored")); err != nil {
		return nil, nil, err
	}
	if written, err = disk.Directory(filepath.Join(n.config.Directory, "written")); err == nil {
		if err = disk.Recover(files, written, n.config.Kept); err == nil {
			return files, written, nil
		}
		written.Close()
	}
	files.Close()
	return nil, nil, err
}

// noDisk answers every call with an error.
type noDisk struct{ err error }

func (d noDisk) Open(string) (sdk.File, error) { return nil, d.err }
func (d noDisk) Stat(string) (int64, error)    { return 0, d.err }
func (d noDisk) Rename(string, string) error   { return d.err }
func (d noDisk) Remove(string) error           { return d.err }
func (d noDisk) List() ([]string, error)       { return nil, d.err }
