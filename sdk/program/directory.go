package program

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/sdk"
)

// directory is an open directory.
type directory struct {
	node    *node   // nil for the root, which may not have been read yet
	entries []entry // as they were when it was read from the start
}

type entry struct {
	name string
	node *node
}

func (*directory) filetype() byte                      { return typeDirectory }
func (*directory) readable() bool                      { return true }
func (*directory) writable() bool                      { return true }
func (*directory) read(*process, int) ([]byte, errno)  { return nil, eIsDir }
func (*directory) write(*process, []byte) (int, errno) { return 0, eBadf }
func (*directory) close(*process)                      {}

// clean is a path from the root, without what means nothing. Nothing is above the root.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// place is where a path leads: a name in a directory, and what has the name.
type place struct {
	in    *node
	name  string // "." for the directory itself
	node  *node  // nil for nothing
	slash bool   // the path ends with one: it is that of a directory
}

// find follows a path as Linux does, name by name.
func (t *tree) find(from *node, path string) (place, errno) {
	switch {
	case path == "":
		return place{}, eNoEnt
	case strings.ContainsRune(path, 0):
		return place{}, eInval
	case len(path) > maxPath:
		return place{}, eNameTooLong
	case path[0] == '/':
		from = t.nodes[rootNumber]
	}
	at := place{in: from, name: ".", node: from, slash: path[len(path)-1] == '/'}
	for name := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		switch in := at.node; {
		case in == nil:
			return place{}, eNoEnt
		case in.names == nil:
			return place{}, eNotDir
		case len(name) > maxEntry:
			return place{}, eNameTooLong
		case name == "" || name == ".":
			at.name = "."
		case name == "..":
			at.in, at.name, at.node = in, ".", cmp.Or(in.in, in)
		default:
			at.in, at.name, at.node = in, name, in.names[name]
		}
	}
	return at, success
}

// directory is the node of one that is open.
func (p *process) directory(d *directory) *node { return cmp.Or(d.node, p.files().nodes[rootNumber]) }

// openFiles reads from the disk what files there are.
func (p *process) openFiles() (err error) {
	if p.tree == nil {
		p.tree, err = openTree(p.env.Disk(), p.diskSize)
	}
	return err
}

// files are those of the program.
func (p *process) files() *tree {
	if err := p.openFiles(); p.number(err) != success {
		p.fail("its disk: %v", err)
	}
	return p.tree
}

// kind is what a node is; nothing has the kind 0.
func (n *node) kind() byte {
	switch {
	case n == nil:
		return 0
	case n.names != nil:
		return typeDirectory
	}
	return typeFile
}

// list is what lies in a directory, in the order of names; nothing in one that was removed.
func (n *node) list() (entries []entry) {
	if n == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(n.names)) {
		entries = append(entries, entry{name, n.names[name]})
	}
	return entries
}

// create makes a file or a directory that is not there.
func (p *process) create(at place, holds bool) (*node, errno) {
	t := p.files()
	switch {
	case t.nodes[at.in.number] != at.in: // it was removed
		return nil, eNoEnt
	case t.room(1) == 0 || len(t.nodes) > maxNodes:
		return nil, eNoSpc
	}
	n, err := t.create(at.in, at.name, holds)
	return n, p.number(err)
}

const (
	maxEntry = 255     // bytes of a name in a directory: what common file systems take
	maxPath  = 4095    // bytes of a path, as on Linux
	maxNodes = 100_000 // files and directories of a disk
)

func (p *process) makeDirectory(at place) errno {
	if at.node != nil {
		return eExist
	}
	_, no := p.create(at, true)
	return no
}

func (p *process) removeDirectory(at place) errno {
	switch n := at.node; {
	case n == nil:
		return eNoEnt
	case n.names == nil:
		return eNotDir
	case at.name == ".":
		return eInval
	case len(n.names) > 0:
		return eNotEmpty
	}
	return p.forget(at)
}

func (p *process) unlink(at place) errno {
	switch n := at.node; {
	case n == nil:
		return eNoEnt
	case n.names != nil:
		return eIsDir
	case at.slash:
		return eNotDir
	}
	return p.forget(at)
}

// forget takes away a name that is there.
func (p *process) forget(at place) errno {
	return p.number(p.files().change(change{directory: at.in.number, name: at.name}))
}

// rename moves a file or a directory in one step.
func (p *process) rename(from, to place) errno {
	t, source, target := p.files(), from.node, to.node
	switch {
	case from.name == "." || to.name == ".":
		return eBusy
	case source == nil || t.nodes[to.in.number] != to.in:
		return eNoEnt
	case source.names == nil && (from.slash || to.slash):
		return eNotDir
	case source.names != nil && to.in.within(source):
		return eInval
	case source == target:
		return success
	case target != nil && from.in.within(target):
		return eNotEmpty
	case source.names == nil && target.kind() == typeDirectory:
		return eIsDir
	case source.names != nil && target.kind() == typeFile:
		return eNotDir
	case target.kind() == typeDirectory && len(target.names) > 0:
		return eNotEmpty
	}
	return p.number(t.change(change{
		directory: to.in.number, name: to.name, number: source.number, holds: source.names != nil,
		was: from.in.number, from: from.name,
	}))
}

// within tells whether a directory is another one, or lies in it.
func (n *node) within(d *node) bool {
	for n != d && n != nil {
		n = n.in
	}
	return n != nil
}

// provide puts files on the disk that are not there, and the directories they lie in. They are durable a moment later.
func (p *process) provide(files sdk.Fields) error {
	if len(files) == 0 {
		return nil
	}
	if err := p.openFiles(); err != nil {
		return err
	}
	t := p.tree
	log, end, first := t.log, t.end, len(t.nodes) == 1 && t.end == 0
	if first {
		t.log = t.given
	}
	var made []sdk.File
	for _, f := range files {
		text, err := textOf(f)
		if err != nil {
			return err
		}
		file, err := t.provide(clean(f.Name), text)
		if err != nil {
			return fmt.Errorf("files: %s: %w", f.Name, err)
		}
		if file != nil {
			made = append(made, file)
		}
	}
	if first {
		t.log, t.end = log, end
	}
	p.env.Go(func() { // not waited for: a node is ready when its Run first waits
		for _, f := range append(made, t.given) {
			_ = f.Sync()
		}
		for _, f := range made {
			_ = f.Close()
		}
	})
	return nil
}

// provide makes a file, unless it is there.
func (t *tree) provide(path string, text []byte) (sdk.File, error) {
	in := t.nodes[rootNumber]
	names := strings.Split(path, "/")
	for i, name := range names {
		n, last := in.names[name], i == len(names)-1
		switch {
		case name == "" || len(name) > maxEntry:
			return nil, fmt.Errorf("got a name of %d bytes, want 1 to %d", len(name), maxEntry)
		case n != nil && last:
			return nil, nil
		case n != nil && n.names == nil:
			return nil, fmt.Errorf("%s is a file, want a directory", name)
		case n == nil:
			var err error
			if n, err = t.create(in, name, !last); err != nil {
				return nil, err
			}
		}
		in = n
	}
	f, err := t.open(in)
	if err == nil {
		_, err = f.WriteAt(text, 0)
		t.resize(in, int64(len(text)))
	}
	return f, err
}
