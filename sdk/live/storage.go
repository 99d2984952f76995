package live

import (
	"errors"

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
	files, err := disk.Directory(n.config.Directory)
	if err != nil {
		return noDisk{err}
	}
	n.files, n.disk = files, disk.New(files, disk.Options{})
	return n.disk
}

// noDisk answers every call with an error.
type noDisk struct{ err error }

func (d noDisk) Open(string) (sdk.File, error) { return nil, d.err }
func (d noDisk) Rename(string, string) error   { return d.err }
func (d noDisk) Remove(string) error           { return d.err }
func (d noDisk) List() ([]string, error)       { return nil, d.err }
