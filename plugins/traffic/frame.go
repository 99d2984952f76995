package traffic

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
)

// frames are requests to an echo: each carries its number and a checksum, so that what comes back can be told to be an
// answer to it, a copy, or broken. A frame is a line of text, which suits streams of lines and datagrams alike:
//
//	nonce of the drive, number, CRC-32 of these two (8 hexadecimal digits each), as many x as it takes, newline
type frames struct {
	nonce uint32 // tells the frames of one drive from those of another
	size  int    // bytes of a frame, at least minFrame
}

const (
	headBytes = 12 // of a frame's head, in binary
	minFrame  = 2*headBytes + 1
)

// put writes frame n into buf, which has the size of a frame.
func (f frames) put(buf []byte, n int) {
	var head [headBytes]byte
	binary.BigEndian.PutUint32(head[0:], f.nonce)
	binary.BigEndian.PutUint32(head[4:], uint32(n))
	binary.BigEndian.PutUint32(head[8:], crc32.ChecksumIEEE(head[:8]))
	hex.Encode(buf, head[:])
	for i := 2 * headBytes; i < len(buf); i++ {
		buf[i] = 'x'
	}
	buf[len(buf)-1] = '\n'
}

// verdict says what a piece of data is that should be a frame.
type verdict uint8

const (
	good    verdict = iota
	broken          // not as it was sent
	foreign         // a whole frame, but of another drive
)

// read finds the frame at the end of data, behind whatever an echo puts before it. It uses scratch, which has the size
// of a frame.
func (f frames) read(data, scratch []byte) (n int, v verdict) {
	if len(data) < f.size {
		return 0, broken
	}
	data = data[len(data)-f.size:]
	var head [headBytes]byte
	if _, err := hex.Decode(head[:], data[:2*headBytes]); err != nil {
		return 0, broken
	}
	got := frames{nonce: binary.BigEndian.Uint32(head[0:]), size: f.size}
	n = int(binary.BigEndian.Uint32(head[4:]))
	got.put(scratch, n)
	switch {
	case !bytes.Equal(scratch, data):
		return 0, broken
	case got.nonce != f.nonce:
		return 0, foreign
	}
	return n, good
}
