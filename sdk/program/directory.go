package program

import (
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/sdk"
)

// A node's disk is flat, so a name on it is a whole path: the file a/b is "a%2Fb", the directory a the empty file "a%2F".
var (
	escape   = strings.NewReplacer("%", "%25", "/", "%2F")
	unescape = strings.NewReplacer("%25", "%", "%2F", "/")
)

// directory is an open directory. Its path is "" for the root.
type directory struct {
	path    string
	entries []entry // as they were when it was read from the start
}

type entry struct {
	name string
	kind byte
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

// kind is what the disk has at a path: typeFile, typeDirectory, or 0 for nothing.
func (p *process) kind(path string) byte {
	if path == "" {
		return typeDirectory
	}
	if p.exists(path) {
		return typeFile
	}
	if p.exists(path + "/") {
		return typeDirectory
	}
	return 0
}

func (p *process) exists(path string) bool {
	_, err := p.env.Disk().Stat(escape.Replace(path))
	p.number(err)
	return err == nil
}

// onDisk are the names of all files.
func (p *process) onDisk() []string {
	names, err := p.env.Disk().List()
	p.number(err)
	return names
}

// list is what lies in a directory, in the order of names.
func (p *process) list(path string) (entries []entry) {
	prefix := path + "/"
	if path == "" {
		prefix = ""
	}
	for _, name := range p.onDisk() {
		rest, inside := strings.CutPrefix(unescape.Replace(name), prefix)
		bare, isDirectory := strings.CutSuffix(rest, "/")
		if !inside || bare == "" || strings.Contains(bare, "/") {
			continue
		}
		kind := byte(typeFile)
		if isDirectory {
			kind = typeDirectory
		}
		entries = append(entries, entry{bare, kind})
	}
	return entries
}

// openFile opens a file of the disk; one that is not there is made.
func (p *process) openFile(path string) (sdk.File, errno) {
	f, err := p.env.Disk().Open(escape.Replace(path))
	return f, p.number(err)
}

func (p *process) makeDirectory(path string) errno {
	switch {
	case p.kind(path) != 0:
		return eExist
	case p.kind(parent(path)) != typeDirectory:
		return eNoEnt
	}
	f, no := p.openFile(path + "/")
	if no == success {
		_ = f.Close()
	}
	return no
}

func (p *process) removeDirectory(path string) errno {
	switch {
	case path == "":
		return eInval
	case p.kind(path) == 0:
		return eNoEnt
	case p.kind(path) != typeDirectory:
		return eNotDir
	case len(p.list(path)) > 0:
		return eNotEmpty
	}
	return p.number(p.env.Disk().Remove(escape.Replace(path + "/")))
}

func (p *process) unlink(path string) errno {
	if p.kind(path) == typeDirectory {
		return eIsDir
	}
	return p.number(p.env.Disk().Remove(escape.Replace(path)))
}

// rename moves a file in one step, and a directory file by file.
func (p *process) rename(from, to string) errno {
	source, target := p.kind(from), p.kind(to)
	switch {
	case source == 0, p.kind(parent(to)) != typeDirectory:
		return eNoEnt
	case from == to:
		return success
	case source == typeFile && target == typeDirectory:
		return eIsDir
	case source == typeFile:
		return p.number(p.env.Disk().Rename(escape.Replace(from), escape.Replace(to)))
	case target == typeFile:
		return eNotDir
	case target == typeDirectory && len(p.list(to)) > 0:
		return eNotEmpty
	case from == "" || strings.HasPrefix(to+"/", from+"/"):
		return eInval
	}
	for _, name := range p.onDisk() {
		rest, inside := strings.CutPrefix(unescape.Replace(name), from+"/")
		if !inside {
			continue
		}
		if no := p.number(p.env.Disk().Rename(name, escape.Replace(to+"/"+rest))); no != success {
			return no
		}
	}
	return success
}

// provide puts files on the disk that are not there, and the directories they lie in. They are durable a moment later.
func (p *process) provide(files sdk.Fields) error {
	for _, f := range files {
		path := clean(f.Name)
		for dir := parent(path); dir != ""; dir = parent(dir) {
			if f, no := p.openFile(dir + "/"); no == success {
				_ = f.Close()
			}
		}
		if err := p.provideFile(path, f.Value); err != nil {
			return fmt.Errorf("files: %s: %w", f.Name, err)
		}
	}
	return nil
}

func (p *process) provideFile(path string, content any) error {
	var text []byte
	switch content := content.(type) {
	case string:
		text = []byte(content)
	case []byte:
		text = content
	default:
		return fmt.Errorf("got %T, want a text or bytes", content)
	}
	f, err := p.env.Disk().Open(escape.Replace(path))
	if err != nil {
		return err
	}
	if size, err := f.Size(); err != nil || size > 0 {
		_ = f.Close()
		return err
	}
	if _, err := f.WriteAt(text, 0); err != nil {
		return err
	}
	p.env.Go(func() { // not waited for: a node is ready when its Run first waits
		_ = f.Sync()
		_ = f.Close()
	})
	return nil
}
