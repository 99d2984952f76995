package program

import (
	"context"
	"encoding/binary"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Types of descriptors, as WASI numbers them.
const (
	typeCharacter byte = 2
	typeDirectory byte = 3
	typeFile      byte = 4
	typeDatagram  byte = 5
	typeStream    byte = 6
)

const (
	maxVectors  = 1024     // of one call
	maxTransfer = 16 << 20 // bytes of one call; a longer one is done in part, as a system may
)

var little = binary.LittleEndian

// arguments are those of a call, as the module's stack holds them.
type arguments []uint64

func (a arguments) u32(i int) uint32 { return uint32(a[i]) } // the upper half is whatever was there
func (a arguments) fd(i int) int32   { return int32(uint32(a[i])) }

// function is what a module imports. It is called with the process's lock held, unless it is free.
type function struct {
	name      string
	signature string // of its parameters: i is 32 bits wide, I 64
	call      func(p *process, a arguments) errno
	free      bool
}

type processKey struct{}

// instantiate makes a module of the functions, for others to import.
func instantiate(ctx context.Context, runtime wazero.Runtime, name string, functions []function) error {
	b := runtime.NewHostModuleBuilder(name)
	for _, f := range functions {
		var params []api.ValueType
		for _, c := range f.signature {
			if c == 'i' {
				params = append(params, api.ValueTypeI32)
			} else {
				params = append(params, api.ValueTypeI64)
			}
		}
		b.NewFunctionBuilder().WithGoModuleFunction(f.entry(), params, []api.ValueType{api.ValueTypeI32}).Export(f.name)
	}
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(exit), []api.ValueType{api.ValueTypeI32}, nil).Export("proc_exit")
	_, err := b.Instantiate(ctx)
	return err
}

// entry is the function as wazero calls it.
func (f function) entry() api.GoModuleFunc {
	return func(ctx context.Context, instance api.Module, stack []uint64) {
		p := ctx.Value(processKey{}).(*process)
		p.memory = memory{Memory: instance.Memory()}
		no := f.locked(p, stack)
		if p.memory.fault {
			no = eFault
		}
		if stack = stack[:cap(stack)]; len(stack) > 0 {
			stack[0] = uint64(no)
		}
	}
}

func (f function) locked(p *process, a arguments) errno {
	if !f.free {
		p.cond.Lock()
		defer p.cond.Unlock()
	}
	return f.call(p, a)
}

// memory is that of a module. An access outside of it does nothing, and is noted.
type memory struct {
	api.Memory
	fault bool
}

func (m *memory) bytes(at, size uint32) []byte {
	if m.Memory == nil { // the module has none
		m.fault = true
		return nil
	}
	b, ok := m.Read(at, size)
	m.fault = m.fault || !ok
	return b
}

func (m *memory) u32(at uint32) uint32 {
	if b := m.bytes(at, 4); b != nil {
		return little.Uint32(b)
	}
	return 0
}

func (m *memory) put32(at, v uint32) {
	if b := m.bytes(at, 4); b != nil {
		little.PutUint32(b, v)
	}
}

func (m *memory) put64(at uint32, v uint64) {
	if b := m.bytes(at, 8); b != nil {
		little.PutUint64(b, v)
	}
}

func (m *memory) put(at uint32, data []byte) { copy(m.bytes(at, uint32(len(data))), data) }

func (m *memory) text(at, size uint32) string { return string(m.bytes(at, size)) }

// vectors are the places that a call names, as far as one call goes.
func (m *memory) vectors(at, count uint32) (list [][]byte, total int) {
	if count > maxVectors {
		m.fault = true
		return nil, 0
	}
	for i := range count {
		place := m.bytes(m.u32(at+8*i), m.u32(at+8*i+4))
		place = place[:min(len(place), maxTransfer-total)]
		list, total = append(list, place), total+len(place)
	}
	return list, total
}

// gather is what the program's vectors hold. It is valid during the call.
func (p *process) gather(at, count uint32) []byte {
	list, _ := p.memory.vectors(at, count)
	if len(list) == 1 {
		return list[0]
	}
	p.scratch = p.scratch[:0]
	for _, place := range list {
		p.scratch = append(p.scratch, place...)
	}
	return p.scratch
}

// scatter fills the program's vectors.
func scatter(list [][]byte, data []byte) {
	for _, place := range list {
		data = data[copy(place, data):]
	}
}

// blocking does what may have to wait, until it does not say eAgain or the descriptor does not block.
func (p *process) blocking(fd int32, try func(o *opened) (int, errno)) (int, errno) {
	o := p.table[fd]
	if o == nil {
		return 0, eBadf
	}
	for {
		n, no := try(o)
		if no != eAgain || o.flags&flagNonblock != 0 {
			return n, no
		}
		p.wait(never)
	}
}
