package program

import (
	"context"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// Flags of descriptors.
const (
	flagAppend   = 1 << 0
	flagDsync    = 1 << 1
	flagNonblock = 1 << 2
	flagSync     = 1 << 4
)

// wasi are the functions of wasi_snapshot_preview1, but for those of files.
var wasi = []function{
	{name: "args_sizes_get", signature: "ii", call: func(p *process, a arguments) errno { return p.sizes(p.args, a) }},
	{name: "args_get", signature: "ii", call: func(p *process, a arguments) errno { return p.texts(p.args, a) }},
	{name: "environ_sizes_get", signature: "ii", call: func(p *process, a arguments) errno { return p.sizes(p.environ, a) }},
	{name: "environ_get", signature: "ii", call: func(p *process, a arguments) errno { return p.texts(p.environ, a) }},
	{name: "clock_time_get", signature: "iIi", call: clockTime, free: true},
	{name: "clock_res_get", signature: "ii", call: clockResolution},
	{name: "random_get", signature: "ii", call: random},
	{name: "sched_yield", call: func(p *process, _ arguments) errno { p.look(); return success }, free: true},
	{name: "poll_oneoff", signature: "iiii", call: poll, free: true},
	{name: "proc_raise", signature: "i", call: unsupported},
	{name: "fd_close", signature: "i", call: closeDescriptor},
	{name: "fd_renumber", signature: "ii", call: renumber},
	{name: "fd_fdstat_get", signature: "ii", call: status},
	{name: "fd_fdstat_set_flags", signature: "ii", call: setFlags},
	{name: "fd_fdstat_set_rights", signature: "iII", call: nothing},
	{name: "fd_read", signature: "iiii", call: read},
	{name: "fd_write", signature: "iiii", call: write},
	{name: "sock_accept", signature: "iii", call: accept},
	{name: "sock_recv", signature: "iiiiii", call: receive},
	{name: "sock_send", signature: "iiiii", call: send},
	{name: "sock_shutdown", signature: "ii", call: shutdown},
}

func nothing(*process, arguments) errno     { return success }
func unsupported(*process, arguments) errno { return eNotSup }

// exit is proc_exit.
func exit(_ context.Context, _ api.Module, stack []uint64) { panic(sys.NewExitError(uint32(stack[0]))) }

func (p *process) sizes(list []string, a arguments) errno {
	total := 0
	for _, text := range list {
		total += len(text) + 1
	}
	p.memory.put32(a.u32(0), uint32(len(list)))
	p.memory.put32(a.u32(1), uint32(total))
	return success
}

func (p *process) texts(list []string, a arguments) errno {
	pointers, at := a.u32(0), a.u32(1)
	for _, text := range list {
		p.memory.put32(pointers, at)
		p.memory.put(at, append([]byte(text), 0))
		pointers, at = pointers+4, at+uint32(len(text))+1
	}
	return success
}

// clockTime is the wall clock for clock 0, else the time since the program began, which never runs backwards.
func clockTime(p *process, a arguments) errno {
	p.look()
	now := uint64(p.elapsed())
	if a.u32(0) == 0 {
		now = sinceEpoch(p.env.Now())
	}
	p.memory.put64(a.u32(2), now)
	return success
}

// sinceEpoch is a time of day in nanoseconds. WASI has none before 1970, so an earlier one is 1970: as a large number it would
// be in the year 2484.
func sinceEpoch(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) }

// elapsed is the monotonic clock. It does not begin at 0, which programs take for a clock that is not there.
func (p *process) elapsed() time.Duration { return p.env.Elapsed() + time.Second }

func clockResolution(p *process, a arguments) errno {
	p.memory.put64(a.u32(1), 1)
	return success
}

func random(p *process, a arguments) errno {
	room := p.memory.bytes(a.u32(0), a.u32(1))
	source := p.env.Rand()
	for ; len(room) >= 8; room = room[8:] {
		little.PutUint64(room, source.Uint64())
	}
	if len(room) > 0 {
		rest := little.AppendUint64(nil, source.Uint64())
		copy(room, rest)
	}
	return success
}

func closeDescriptor(p *process, a arguments) errno {
	o := p.table[a.fd(0)]
	if o == nil {
		return eBadf
	}
	delete(p.table, a.fd(0))
	o.close(p)
	return success
}

// renumber is dup2 that closes the old number.
func renumber(p *process, a arguments) errno {
	from, to := p.table[a.fd(0)], p.table[a.fd(1)]
	if from == nil || to == nil {
		return eBadf
	}
	if from != to {
		to.close(p)
		p.table[a.fd(1)] = from
		delete(p.table, a.fd(0))
	}
	return success
}

func status(p *process, a arguments) errno {
	o := p.table[a.fd(0)]
	if o == nil {
		return eBadf
	}
	told := make([]byte, 24)
	told[0] = o.filetype()
	little.PutUint16(told[2:], o.flags)
	little.PutUint64(told[8:], ^uint64(0)) // all rights
	little.PutUint64(told[16:], ^uint64(0))
	p.memory.put(a.u32(1), told)
	return success
}

func setFlags(p *process, a arguments) errno {
	o := p.table[a.fd(0)]
	if o == nil {
		return eBadf
	}
	o.flags = uint16(a.u32(1))
	if f, ok := o.descriptor.(*file); ok {
		f.appends, f.syncs = o.flags&flagAppend != 0, o.flags&(flagSync|flagDsync) != 0
	}
	return success
}

func read(p *process, a arguments) errno {
	return p.readInto(a.fd(0), a.u32(1), a.u32(2), a.u32(3))
}

// readInto reads into vectors, and tells at told how many bytes.
func (p *process) readInto(fd int32, at, count, told uint32) errno {
	list, size := p.memory.vectors(at, count)
	n, no := p.blocking(fd, func(o *opened) (int, errno) {
		if size == 0 {
			return 0, success
		}
		data, no := o.read(p, size)
		scatter(list, data)
		return len(data), no
	})
	if no == success {
		p.memory.put32(told, uint32(n))
	}
	return no
}

func write(p *process, a arguments) errno {
	return p.writeFrom(a.fd(0), a.u32(1), a.u32(2), a.u32(3))
}

// writeFrom writes what vectors hold, and tells at told how many bytes.
func (p *process) writeFrom(fd int32, at, count, told uint32) errno {
	data := p.gather(at, count)
	n, no := p.blocking(fd, func(o *opened) (int, errno) { return o.write(p, data) })
	if no == success {
		p.memory.put32(told, uint32(n))
	}
	return no
}

func accept(p *process, a arguments) errno {
	var accepted *stream
	_, no := p.blocking(a.fd(0), func(o *opened) (int, errno) {
		l, ok := o.descriptor.(*listener)
		if !ok {
			return 0, eNotSock
		}
		var no errno
		accepted, no = l.accept(p)
		return 0, no
	})
	if no != success {
		return no
	}
	fd, no := p.open(accepted)
	if no == success {
		p.table[fd].flags = uint16(a.u32(1))
		p.memory.put32(a.u32(2), uint32(fd))
	}
	return no
}

func receive(p *process, a arguments) errno {
	switch {
	case a.u32(3) != 0: // peek, or wait for all
		return eNotSup
	case !p.isSocket(a.fd(0)):
		return eNotSock
	}
	p.memory.bytes(a.u32(5), 2)
	if p.memory.fault {
		return eFault
	}
	no := p.readInto(a.fd(0), a.u32(1), a.u32(2), a.u32(4))
	copy(p.memory.bytes(a.u32(5), 2), []byte{0, 0})
	return no
}

func send(p *process, a arguments) errno {
	if !p.isSocket(a.fd(0)) {
		return eNotSock
	}
	return p.writeFrom(a.fd(0), a.u32(1), a.u32(2), a.u32(4))
}

func (p *process) isSocket(fd int32) bool {
	o := p.table[fd]
	return o != nil && (o.filetype() == typeStream || o.filetype() == typeDatagram)
}

func shutdown(p *process, a arguments) errno {
	s, no := as[*stream](p, a.fd(0))
	switch {
	case no != success:
		return no
	case s.conn == nil:
		return eNotConn
	}
	s.deaf = s.deaf || a.u32(1)&1 != 0
	if a.u32(1)&2 != 0 {
		s.end(p)
	}
	return success
}
