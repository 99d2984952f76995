package program

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/netlab-dev/netlab/sdk"
)

// tree is what the program sees of its node's disk, which is flat. A file of the tree is a file of the disk with a number
// for a name. All names are in one more file, a log, as file systems have one journal: it is written at once, and synced
// when the program syncs a directory. So the disk's model says which names a loss of power leaves, and which the end of
// the process alone, and each change of names is there as a whole or not at all. The names of files that were provided
// have a log of their own, which is synced without the program and with none of its names.
type tree struct {
	disk  sdk.Disk
	limit int64 // of used
	used  int64 // bytes of all files together
	nodes map[int64]*node
	last  int64 // number that was given

	given sdk.File // the log of what was provided
	log   sdk.File
	end   int64 // of the log, in bytes
	lines int   // of the log
	spare int   // lines that a log may have before it is written anew, beside 8 for each name
	anew  bool  // it was, and not synced since

	fresh map[*node]bool // whose first name was not synced
	gone  []*node        // whose last name is gone, which was not synced
}

// node is a file or a directory.
type node struct {
	number  int64
	in      *node            // the directory that it lies in; nil for the root, and for what has no name
	names   map[string]*node // of a directory
	durable bool             // a loss of power may bring back a name of it
	size    int64            // of a file
	open    int              // how often a file is open
	erased  bool             // no name leads to it any more
}

func (n *node) file() string { return strconv.FormatInt(n.number, 10) }

// change is a line of the log: a name in a directory stands for a node, or, with the number 0, for nothing. Was and from
// are the directory and the name that the node had before. Without a directory, all that was there before is forgotten.
type change struct {
	directory int64
	name      string
	number    int64
	holds     bool // the node is a directory
	was       int64
	from      string
}

const (
	changeFormat = "%d %q %d %t %d %q\n"
	givenName    = "given"
	logName      = "names"
	newLogName   = "names.new"
	rootNumber   = 1
)

func (c change) String() string {
	return fmt.Sprintf(changeFormat, c.directory, c.name, c.number, c.holds, c.was, c.from)
}

// openTree reads what an earlier incarnation has left, and removes files that no name leads to.
func openTree(disk sdk.Disk, limit int64) (*tree, error) {
	t := &tree{disk: disk, limit: limit, last: rootNumber, nodes: emptyTree(), spare: 1000, fresh: map[*node]bool{}}
	var err error
	if t.given, _, err = t.readLog(givenName); err != nil {
		return nil, err
	}
	if t.log, t.end, err = t.readLog(logName); err != nil {
		return nil, err
	}
	there, err := disk.List()
	named := map[string]bool{givenName: true, logName: true}
	t.walk(func(_ *node, _ string, n *node) { n.durable, named[n.file()] = true, true })
	for _, name := range there {
		if err == nil && !named[name] {
			err = disk.Remove(name)
		}
	}
	t.walk(func(_ *node, _ string, n *node) {
		size, _ := disk.Stat(n.file()) // of a directory, and of what was never opened, there is none
		t.resize(n, size)
	})
	clear(t.fresh)
	t.gone = nil
	return t, err
}

func emptyTree() map[int64]*node {
	return map[int64]*node{rootNumber: {number: rootNumber, names: map[string]*node{}}}
}

// readLog makes all changes of a log again. A last line that a crash has cut is none.
func (t *tree) readLog(name string) (log sdk.File, end int64, err error) {
	if log, err = t.disk.Open(name); err != nil {
		return nil, 0, err
	}
	size, err := log.Size()
	text := make([]byte, size)
	if err == nil && size > 0 {
		_, err = log.ReadAt(text, 0)
	}
	for line := range strings.Lines(string(text)) {
		var c change
		_, bad := fmt.Sscanf(line, changeFormat, &c.directory, &c.name, &c.number, &c.holds, &c.was, &c.from)
		if bad != nil || !strings.HasSuffix(line, "\n") {
			break
		}
		t.make(c)
		end += int64(len(line))
		t.lines++
	}
	if err == nil {
		err = log.Truncate(end)
	}
	return log, end, err
}

// change notes a change, and makes it.
func (t *tree) change(c change) error {
	n, err := t.log.WriteAt([]byte(c.String()), t.end)
	if err != nil {
		return err
	}
	t.end += int64(n)
	t.lines++
	t.make(c)
	return t.condense()
}

func (t *tree) make(c change) {
	if c.directory == 0 {
		t.nodes = emptyTree()
		return
	}
	n := t.nodes[c.number]
	if n == nil && c.number != 0 {
		n = &node{number: c.number}
		if c.holds {
			n.names = map[string]*node{}
		}
		t.nodes[c.number], t.last = n, max(t.last, c.number)
		t.fresh[n] = true
	}
	if was := t.nodes[c.was]; was != nil {
		delete(was.names, c.from)
	}
	in := t.nodes[c.directory]
	if in.kind() != typeDirectory {
		return
	}
	replaced := in.names[c.name]
	if n == nil {
		delete(in.names, c.name)
	} else {
		in.names[c.name], n.in = n, in
	}
	if replaced != nil && replaced != n {
		t.remove(replaced)
	}
}

// remove is about a node without a name. What the disk has of it stays as long as its name may come back.
func (t *tree) remove(n *node) {
	n.in = nil
	delete(t.nodes, n.number)
	if n.durable {
		t.gone = append(t.gone, n)
	} else {
		t.erase(n)
	}
}

func (t *tree) erase(n *node) {
	if n.names == nil {
		_ = t.disk.Remove(n.file()) // what stays is removed when the next incarnation begins
	}
	n.erased = true
	delete(t.fresh, n)
	t.settle(n)
}

// settle frees the room of a file that nothing leads to, which it has as long as it is open.
func (t *tree) settle(n *node) {
	if n.erased && n.open == 0 {
		t.resize(n, 0)
	}
}

func (t *tree) resize(n *node, size int64) {
	t.used += size - n.size
	n.size = size
}

// create makes a file or an empty directory with a name in a directory.
func (t *tree) create(in *node, name string, holds bool) (*node, error) {
	number := t.last + 1
	err := t.change(change{directory: in.number, name: name, number: number, holds: holds})
	return t.nodes[number], err
}

// open opens a file.
func (t *tree) open(n *node) (sdk.File, error) { return t.disk.Open(n.file()) }

// room is how many of more bytes there is room for.
func (t *tree) room(more int64) int64 { return max(0, min(more, t.limit-t.used-t.end)) }

// walk visits all names, directories before what is in them.
func (t *tree) walk(visit func(in *node, name string, n *node)) {
	for dirs := []*node{t.nodes[rootNumber]}; len(dirs) > 0; dirs = dirs[1:] {
		for _, name := range slices.Sorted(maps.Keys(dirs[0].names)) {
			n := dirs[0].names[name]
			visit(dirs[0], name, n)
			if n.names != nil {
				dirs = append(dirs, n)
			}
		}
	}
}

// sync makes all names durable.
func (t *tree) sync() error {
	for n := range t.fresh {
		n.durable = true
	}
	gone := t.gone
	t.gone = nil
	clear(t.fresh)
	err := t.shorten()
	if err == nil {
		err = t.log.Sync()
	}
	if err != nil {
		t.gone = append(gone, t.gone...)
		return err
	}
	for _, n := range gone {
		t.erase(n)
	}
	return nil
}

// tooLong tells whether there are many more lines than names.
func (t *tree) tooLong() bool { return t.lines >= t.spare+8*len(t.nodes) }

// all is a log of the names that there are, and of nothing before.
func (t *tree) all() (text string, lines int) {
	var b strings.Builder
	b.WriteString(change{}.String())
	lines = 1
	t.walk(func(in *node, name string, n *node) {
		b.WriteString(change{directory: in.number, name: name, number: n.number, holds: n.names != nil}.String())
		lines++
	})
	return b.String(), lines
}

// condense writes a log that is too long anew, without a sync: a loss of power takes that back with all that was not synced.
// The line without a change ends the log for a process that is killed before the rest is cut.
func (t *tree) condense() error {
	if !t.tooLong() {
		return nil
	}
	text, lines := t.all()
	if _, err := t.log.WriteAt([]byte(text+"\n"), 0); err != nil {
		return err
	}
	t.end, t.lines, t.anew = int64(len(text)), lines, true
	return t.log.Truncate(t.end)
}

// shorten puts a log of the names that there are in the place of one that is too long, or was written anew: a sync of that
// would not be done in one step.
func (t *tree) shorten() error {
	if !t.anew && !t.tooLong() {
		return nil
	}
	text, lines := t.all()
	end := t.end
	log, err := t.disk.Open(newLogName)
	if err == nil {
		err = log.Truncate(0)
	}
	if err == nil {
		_, err = log.WriteAt([]byte(text), 0)
	}
	if err == nil {
		err = log.Sync()
	}
	if err == nil && t.end == end { // else something was written while time went by
		err = t.disk.Rename(newLogName, logName)
	}
	if err != nil || t.end != end {
		return errors.Join(err, log.Close())
	}
	_ = t.log.Close()
	t.log, t.end, t.lines, t.anew = log, int64(len(text)), lines, false
	return nil
}
