package program

import "cmp"

// Flags of path_open.
const (
	openCreate    = 1 << 0
	openDirectory = 1 << 1
	openExclusive = 1 << 2
	openTruncate  = 1 << 3

	rightRead  = 1 << 1
	rightWrite = 1 << 6
)

// wasiFiles are the functions of wasi_snapshot_preview1 for files. Times are not kept, and there are no links.
var wasiFiles = []function{
	{name: "fd_prestat_get", signature: "ii", call: preopened},
	{name: "fd_prestat_dir_name", signature: "iii", call: preopenedName},
	{name: "path_open", signature: "iiiiiIIii", call: openPath},
	{name: "fd_pread", signature: "iiiIi", call: readAt},
	{name: "fd_pwrite", signature: "iiiIi", call: writeAt},
	{name: "fd_seek", signature: "iIii", call: seek},
	{name: "fd_tell", signature: "ii", call: tell},
	{name: "fd_sync", signature: "i", call: syncFile},
	{name: "fd_datasync", signature: "i", call: syncFile},
	{name: "fd_readdir", signature: "iiiIi", call: readDirectory},
	{name: "fd_filestat_get", signature: "ii", call: statFile},
	{name: "fd_filestat_set_size", signature: "iI", call: setSize},
	{name: "fd_filestat_set_times", signature: "iIIi", call: nothing},
	{name: "fd_advise", signature: "iIIi", call: nothing},
	{name: "fd_allocate", signature: "iII", call: allocate},
	{name: "path_filestat_get", signature: "iiiii", call: statPath},
	{name: "path_filestat_set_times", signature: "iiiiIIi", call: setTimes},
	{name: "path_create_directory", signature: "iii", call: onPath((*process).makeDirectory)},
	{name: "path_remove_directory", signature: "iii", call: onPath((*process).removeDirectory)},
	{name: "path_unlink_file", signature: "iii", call: onPath((*process).unlink)},
	{name: "path_rename", signature: "iiiiii", call: renamePath},
	{name: "path_link", signature: "iiiiiii", call: unsupported},
	{name: "path_symlink", signature: "iiiii", call: unsupported},
	{name: "path_readlink", signature: "iiiiii", call: onPath(readLink)},
}

// root is the number of the directory that is open from the start.
const root = 3

func preopened(p *process, a arguments) errno {
	if a.fd(0) != root {
		return eBadf
	}
	p.memory.put32(a.u32(1), 0) // a directory
	p.memory.put32(a.u32(1)+4, 1)
	return success
}

func preopenedName(p *process, a arguments) errno {
	if a.fd(0) != root || a.u32(2) < 1 {
		return eBadf
	}
	p.memory.put(a.u32(1), []byte("/"))
	return success
}

// path is where the path leads that a call names, beside the directory it starts from.
func (p *process) path(fd int32, at, size uint32) (place, errno) {
	from := p.files().nodes[rootNumber]
	if o := p.table[fd]; o != nil {
		if d, ok := o.descriptor.(*directory); ok {
			from = p.directory(d)
		}
	}
	return p.files().find(from, p.memory.text(at, min(size, 1<<16)))
}

func onPath(do func(*process, place) errno) func(*process, arguments) errno {
	return func(p *process, a arguments) errno {
		at, no := p.path(a.fd(0), a.u32(1), a.u32(2))
		if no != success {
			return no
		}
		return do(p, at)
	}
}

func openPath(p *process, a arguments) errno {
	at, no := p.path(a.fd(0), a.u32(2), a.u32(3))
	flags := a.u32(4)
	n, creates := at.node, flags&openCreate != 0
	switch kind := n.kind(); {
	case no != success:
		return no
	case creates && at.slash:
		return eIsDir
	case kind != 0 && creates && flags&openExclusive != 0:
		return eExist
	case kind == typeDirectory && flags&openDirectory == 0 && (creates || a[5]&rightWrite != 0):
		return eIsDir
	case kind == typeDirectory:
		return p.opened(a.u32(8), &directory{node: n}, 0)
	case kind == typeFile && (at.slash || flags&openDirectory != 0):
		return eNotDir
	case kind == 0 && !creates:
		return eNoEnt
	case kind == 0:
		if n, no = p.create(at, false); no != success {
			return no
		}
	}
	open, err := p.files().open(n)
	if err != nil {
		return p.number(err)
	}
	n.open++
	of := uint16(a.u32(7))
	f := &file{file: open, node: n, reads: a[5]&rightRead != 0, writes: a[5]&rightWrite != 0, appends: of&flagAppend != 0, syncs: of&(flagSync|flagDsync) != 0}
	if flags&openTruncate != 0 { // also of a file that is open for reading only
		if no := f.resize(p, 0); no != success {
			f.close(p)
			return no
		}
	}
	return p.opened(a.u32(8), f, of)
}

// opened puts a descriptor into the table and tells its number.
func (p *process) opened(told uint32, d descriptor, flags uint16) errno {
	fd, no := p.open(d)
	if no == success {
		p.table[fd].flags = flags
		p.memory.put32(told, uint32(fd))
	}
	return no
}

func readAt(p *process, a arguments) errno {
	f, no := as[*file](p, a.fd(0))
	if _, is := as[*directory](p, a.fd(0)); is == success {
		return eIsDir
	}
	if no != success {
		return eSPipe
	}
	list, size := p.memory.vectors(a.u32(1), a.u32(2))
	data, no := f.readAt(p, size, int64(a[3]))
	if no == success {
		scatter(list, data)
		p.memory.put32(a.u32(4), uint32(len(data)))
	}
	return no
}

func writeAt(p *process, a arguments) errno {
	f, no := as[*file](p, a.fd(0))
	if no != success {
		return eSPipe
	}
	n, no := f.writeAt(p, p.gather(a.u32(1), a.u32(2)), int64(a[3]))
	if no == success {
		p.memory.put32(a.u32(4), uint32(n))
	}
	return no
}

func seek(p *process, a arguments) errno {
	f, no := as[*file](p, a.fd(0))
	if no != success {
		return eSPipe
	}
	if no = f.seek(p, int64(a[1]), a.u32(2)); no == success {
		p.memory.put64(a.u32(3), uint64(f.offset))
	}
	return no
}

func tell(p *process, a arguments) errno {
	f, no := as[*file](p, a.fd(0))
	if no != success {
		return eSPipe
	}
	p.memory.put64(a.u32(1), uint64(f.offset))
	return success
}

// syncFile makes a file durable, or names.
func syncFile(p *process, a arguments) errno {
	o := p.table[a.fd(0)]
	if o == nil {
		return eBadf
	}
	switch d := o.descriptor.(type) {
	case *file:
		return p.number(d.file.Sync())
	case *directory:
		return p.number(p.files().sync())
	}
	return success
}

func setSize(p *process, a arguments) errno {
	f, no := as[*file](p, a.fd(0))
	if no != success {
		return eInval
	}
	if int64(a[1]) < 0 {
		return eInval
	}
	return f.truncate(p, int64(a[1]))
}

// allocate makes a file at least so large.
func allocate(p *process, a arguments) errno {
	f, no := as[*file](p, a.fd(0))
	if no != success {
		return eInval
	}
	end := int64(a[1]) + int64(a[2])
	switch {
	case int64(a[1]) < 0 || int64(a[2]) < 0 || end < 0:
		return eInval
	case end <= f.node.size:
		return success
	}
	return f.truncate(p, end)
}

// readDirectory writes entries from the cookie on: 24 bytes and the name each, the last one cut where the buffer ends.
func readDirectory(p *process, a arguments) errno {
	o := p.table[a.fd(0)]
	if o == nil {
		return eBadf
	}
	d, ok := o.descriptor.(*directory)
	if !ok {
		return eNotDir
	}
	if a[3] == 0 {
		d.entries = p.directory(d).list()
	}
	room := p.memory.bytes(a.u32(1), a.u32(2))
	used := 0
	for i := a[3]; i < uint64(len(d.entries)) && used < len(room); i++ {
		e := d.entries[i]
		raw := make([]byte, 24, 24+len(e.name))
		little.PutUint64(raw, i+1)
		little.PutUint64(raw[8:], uint64(e.node.number))
		little.PutUint32(raw[16:], uint32(len(e.name)))
		raw[20] = e.node.kind()
		used += copy(room[used:], append(raw, e.name...))
	}
	p.memory.put32(a.u32(4), uint32(used))
	return success
}

func statFile(p *process, a arguments) errno {
	o := p.table[a.fd(0)]
	if o == nil {
		return eBadf
	}
	var n *node
	switch d := o.descriptor.(type) {
	case *directory:
		n = p.directory(d)
	case *file:
		n = d.node
	}
	p.putStat(a.u32(1), o.filetype(), n)
	return success
}

func statPath(p *process, a arguments) errno {
	at, no := p.path(a.fd(0), a.u32(2), a.u32(3))
	if no == success {
		no = at.there()
	}
	if no == success {
		p.putStat(a.u32(4), at.node.kind(), at.node)
	}
	return no
}

// there says why a path leads to nothing.
func (at place) there() errno {
	switch {
	case at.node == nil:
		return eNoEnt
	case at.slash && at.node.names == nil:
		return eNotDir
	}
	return success
}

// setTimes changes nothing; a path must lead to something all the same.
func setTimes(p *process, a arguments) errno {
	at, no := p.path(a.fd(0), a.u32(2), a.u32(3))
	if no != success {
		return no
	}
	return at.there()
}

// readLink finds no link, as there is none.
func readLink(_ *process, at place) errno {
	if no := at.there(); no != success {
		return no
	}
	return eInval
}

// putStat writes a filestat, of which times stay 0. What is no file has no node.
func (p *process) putStat(at uint32, kind byte, n *node) {
	raw := make([]byte, 64)
	little.PutUint64(raw, 1)
	if n != nil {
		little.PutUint64(raw[8:], uint64(n.number))
		little.PutUint64(raw[32:], uint64(n.size))
	}
	raw[16] = kind
	little.PutUint64(raw[24:], 1)
	p.memory.put(at, raw)
}

func renamePath(p *process, a arguments) errno {
	from, no := p.path(a.fd(0), a.u32(1), a.u32(2))
	to, noTo := p.path(a.fd(3), a.u32(4), a.u32(5))
	if no = cmp.Or(no, noTo); no != success {
		return no
	}
	return p.rename(from, to)
}
