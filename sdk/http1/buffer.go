package http1

import "sync"

// bufferBytes is the size of the buffers that Readers and Writers share. A head larger than that grows its own.
const bufferBytes = 8 << 10

// widePiece is how much of a body that lies in memory is written at once.
const widePiece = 64 << 10

// Which buffer one gets never shows: only what was put in is read out.
var buffers = sync.Pool{New: func() any { return new([bufferBytes]byte) }}

func takeBuffer() []byte {
	return buffers.Get().(*[bufferBytes]byte)[:]
}

func giveBuffer(b []byte) {
	if cap(b) == bufferBytes {
		buffers.Put((*[bufferBytes]byte)(b[:bufferBytes]))
	}
}
