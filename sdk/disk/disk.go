// Package disk is the model of a node's disk, the same for both engines: writes stay in the process's memory until they
// are synced, and a crash loses exactly those that were not. What has been synced lies in a Backing: Memory (sim) or a
// Directory of real files (live).
//
// Names are durable at once: creating, renaming and removing a file survive a crash without any sync. Contents do not
// follow a name: a file that is renamed before it was synced is found after a crash under its new name, without the
// writes it was missing. That is the mistake this model is there to show.
package disk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/sdk"
)

// DefaultMaxFile is the largest size of a file, in bytes, unless Options say otherwise.
const DefaultMaxFile = 1 << 30

// MaxName is the longest name of a file in bytes: what common file systems take.
const MaxName = 255

var (
	// ErrTooBig refuses a write or truncate that would make a file larger than Options.MaxFile.
	ErrTooBig = errors.New("file too big")
	// ErrName refuses a name that cannot name a file.
	ErrName = errors.New("bad file name")
)

// Backing keeps what is durable. Its writes count as durable at once: a Disk makes them only in Sync. It must be safe
// for concurrent use. One Backing serves one Disk at a time.
type Backing interface {
	sdk.Disk
	// Flush makes the names of the files survive a power failure, as File.Sync does for their contents.
	Flush() error
	// Close releases what the Backing holds open. What is stored stays.
	Close() error
}

// Options of a Disk. The zero value is a disk whose syncs take no time.
type Options struct {
	// Sync is called inside File.Sync before anything becomes durable, so that (virtual) time may pass; its error ends
	// the sync, and the writes stay unsynced. It is told the file's name, "" of one that was removed. No lock is held
	// meanwhile. Nil does nothing.
	Sync func(file string) error
	// Fsync asks the operating system to write to its device at each sync and change of name. Without it synced data
	// survive the death of the process, which is all that the lab's crashes do, but not a power failure.
	Fsync bool
	// Written, if not nil, takes every write at once. It is what a process has written when it is killed, its syncs apart:
	// see Recover. It must be empty.
	Written Backing
	// MaxFile is the largest size of a file in bytes; 0 means DefaultMaxFile.
	MaxFile int64
}

// Disk implements sdk.Disk over a Backing. It lives as long as one incarnation of its node; the next one opens a new
// Disk over the same Backing. Safe for concurrent use.
type Disk struct {
	backing Backing
	options Options

	mu      sync.Mutex
	files   map[string]*file   // files that are open or have unsynced writes, by name
	open    map[*file]struct{} // the same, and those removed while open
	stopped bool
}

var _ sdk.Disk = (*Disk)(nil)

// New returns a disk holding what the backing holds.
func New(b Backing, o Options) *Disk {
	if o.MaxFile <= 0 {
		o.MaxFile = DefaultMaxFile
	}
	return &Disk{backing: b, options: o, files: map[string]*file{}, open: map[*file]struct{}{}}
}

// Open opens the file, creating it empty when it does not exist. Errors: ErrName, ErrStopped, those of the backing.
func (d *Disk) Open(name string) (sdk.File, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return nil, sdk.ErrStopped
	}
	f := d.files[name]
	if f == nil {
		stored, err := d.backing.Open(name)
		if err != nil {
			return nil, err
		}
		size, err := stored.Size()
		if err == nil {
			err = d.flush()
		}
		if err != nil {
			stored.Close()
			return nil, err
		}
		f = &file{disk: d, name: name, stored: stored, durable: size}
		if f.written, err = d.mirror(f); err != nil {
			stored.Close()
			return nil, err
		}
		d.files[name] = f
		d.open[f] = struct{}{}
	}
	if err := f.unpark(); err != nil {
		return nil, err
	}
	f.handles++
	return &handle{file: f}, nil
}

// Rename replaces newname by oldname, atomically and durably. Open files keep their contents, under the new name or,
// when they were replaced, under none.
func (d *Disk) Rename(oldname, newname string) error {
	if err := errors.Join(checkName(oldname), checkName(newname)); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return sdk.ErrStopped
	}
	if err := d.backing.Rename(oldname, newname); err != nil {
		return err
	}
	if err := d.renameWritten(oldname, newname); err != nil {
		return err
	}
	if oldname != newname {
		d.unlink(newname)
		if f := d.files[oldname]; f != nil {
			delete(d.files, oldname)
			d.files[newname] = f
			f.name = newname
		}
	}
	return d.flush()
}

// Remove deletes the file, durably; ErrNotExist when there is none. Handles that are open keep its contents.
func (d *Disk) Remove(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return sdk.ErrStopped
	}
	if err := d.backing.Remove(name); err != nil {
		return err
	}
	if err := d.removeWritten(name); err != nil {
		return err
	}
	d.unlink(name)
	return d.flush()
}

// Stat returns the size of the file, unsynced writes included; ErrNotExist when there is none.
func (d *Disk) Stat(name string) (int64, error) {
	if err := checkName(name); err != nil {
		return 0, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return 0, sdk.ErrStopped
	}
	if f := d.files[name]; f != nil {
		return (&handle{file: f}).Size()
	}
	return d.backing.Stat(name)
}

// List returns the names of all files, sorted.
func (d *Disk) List() ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return nil, sdk.ErrStopped
	}
	names, err := d.backing.List()
	slices.Sort(names)
	return names, err
}

// Kill is a Crash of which the written bytes survive, as they do in the page cache of a machine whose process is killed:
// they count as synced from then on.
func (d *Disk) Kill() error {
	d.mu.Lock()
	var errs []error
	for f := range d.open {
		err := f.unpark()
		if err == nil {
			err = f.storeAll()
		}
		errs = append(errs, err)
		if f.handles == 0 {
			f.kill(sdk.ErrStopped) // one after the other, so that few are open
		}
	}
	d.mu.Unlock()
	d.Crash()
	return errors.Join(errs...)
}

// Crash drops everything unsynced and ends the disk: from then on it and its open files answer ErrStopped, also a Sync
// that was under way. The backing stays usable for a new Disk.
func (d *Disk) Crash() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	for f := range d.open {
		f.kill(sdk.ErrStopped)
	}
	clear(d.open)
	clear(d.files)
}

func (d *Disk) nameOf(f *file) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return f.name
}

func (d *Disk) flush() error {
	if !d.options.Fsync {
		return nil
	}
	return d.backing.Flush()
}

// unlink takes the name from its file, which lives on while handles are open. The caller holds d.mu.
func (d *Disk) unlink(name string) {
	f := d.files[name]
	if f == nil {
		return
	}
	delete(d.files, name)
	f.name = ""
	if f.handles == 0 {
		d.drop(f)
	}
}

// release gives back one handle. A file nobody has open is forgotten unless it has unsynced writes to remember.
func (d *Disk) release(f *file) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.handles--
	d.settle(f)
}

// settle forgets the file when nobody needs it in memory. The caller holds d.mu.
func (d *Disk) settle(f *file) {
	if f.handles > 0 {
		return
	}
	if f.name != "" && f.dirty() {
		f.park()
		return
	}
	if _, open := d.open[f]; !open {
		return
	}
	if f.name != "" {
		delete(d.files, f.name)
	}
	d.drop(f)
}

func (d *Disk) drop(f *file) {
	delete(d.open, f)
	f.kill(sdk.ErrClosed)
}

func checkName(name string) error {
	switch {
	case name == "", name == ".", name == "..":
		return fmt.Errorf("%w %q", ErrName, name)
	case len(name) > MaxName:
		return fmt.Errorf("%w: %d bytes, at most %d", ErrName, len(name), MaxName)
	case strings.ContainsAny(name, `/\`):
		return fmt.Errorf("%w %q: a disk is flat, no separators", ErrName, name)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("%w %q: want printable text", ErrName, name)
	}
	return nil
}
