package program

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/sdk"
)

// directory is an open directory. Its path is "" for the root.
type directory struct {
	path    string
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
func clean(path string) string {
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "", ".":
		case "..":
			parts = parts[:max(0, len(parts)-1)]
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// parent is the directory that a path lies in.
func parent(path string) string { return path[:max(0, strings.LastIndexByte(path, '/'))] }

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

// base is the last name of a path.
func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// create makes a file or a directory that is not there.
func (p *process) create(path string, holds bool) (*node, errno) {
	in := p.files().at(parent(path))
	switch {
	case in.kind() != typeDirectory:
		return nil, eNoEnt
	case len(base(path)) > maxEntry:
		return nil, eNameTooLong
	}
	if t := p.files(); t.room(1) == 0 || len(t.nodes) > maxNodes {
		return nil, eNoSpc
	}
	n, err := p.files().create(in, base(path), holds)
	return n, p.number(err)
}

const (
	maxEntry = 255     // bytes of a name in a directory: what common file systems take
	maxNodes = 100_000 // files and directories of a disk
)

func (p *process) makeDirectory(path string) errno {
	if p.files().at(path) != nil {
		return eExist
	}
	_, no := p.create(path, true)
	return no
}

func (p *process) removeDirectory(path string) errno {
	switch n := p.files().at(path); {
	case path == "":
		return eInval
	case n == nil:
		return eNoEnt
	case n.names == nil:
		return eNotDir
	case len(n.names) > 0:
		return eNotEmpty
	}
	return p.forget(path)
}

func (p *process) unlink(path string) errno {
	switch n := p.files().at(path); {
	case n == nil:
		return eNoEnt
	case n.names != nil:
		return eIsDir
	}
	return p.forget(path)
}

// forget takes away a name that is there.
func (p *process) forget(path string) errno {
	in := p.files().at(parent(path))
	return p.number(p.files().change(change{directory: in.number, name: base(path)}))
}

// rename moves a file or a directory in one step.
func (p *process) rename(from, to string) errno {
	t := p.files()
	source, target, in := t.at(from), t.at(to), t.at(parent(to))
	switch {
	case source == nil, in.kind() != typeDirectory:
		return eNoEnt
	case source == target:
		return success
	case len(base(to)) > maxEntry:
		return eNameTooLong
	case source.names == nil && target.kind() == typeDirectory:
		return eIsDir
	case source.names != nil && target.kind() == typeFile:
		return eNotDir
	case target.kind() == typeDirectory && len(target.names) > 0:
		return eNotEmpty
	case from == "" || source.names != nil && strings.HasPrefix(to+"/", from+"/"):
		return eInval
	}
	return p.number(t.change(change{
		directory: in.number, name: base(to), number: source.number, holds: source.names != nil,
		was: t.at(parent(from)).number, from: base(from),
	}))
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
