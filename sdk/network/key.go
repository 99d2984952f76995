package network

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Chance is anchored: the key of a fate is made of what is sent and of nothing else, so taking one thing away moves the
// fate of no other.
//
//	message             the head's bytes, and how often the same came before on this path
//	other datagram      destination port, size, first 64 bytes, and how often
//	connection          dialler, acceptor, port, and how often
//	its segments        offset of the first byte, and attempt; a FIN alone counts as the byte after the last
//	its handshake       SYN or its answer, and attempt
//	acknowledgement     offset, and repetition
//	reset               how many came before

// anchored is how many bytes of a datagram that is no message tell it from others.
const anchored = 64

// datagramKey is the key of a datagram on a path, without its count.
func datagramKey(port int, data []byte) uint64 {
	if size := value.HeadSize(data); size > 0 {
		return xxhash.Sum64(data[:size])
	}
	return link.Mix(xxhash.Sum64(data[:min(len(data), anchored)]) ^ uint64(port)<<32 ^ uint64(len(data)))
}

// occurrence is the key of the next thing of its kind.
func (n *Network) occurrence(kind uint64) uint64 {
	return link.Mix(kind + n.seen.next(kind)*link.Golden)
}

// pairKey is the key of all that one host sends to another.
func pairKey(seed uint64, from, to string) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(len(from)))
	return link.Hash(seed, "link:"+string(b[:])+from+to)
}

// The kinds of keys of a connection. A new one takes a new number.
const (
	forSegments uint64 = iota + 1
	forAcks
	forSyn
	forReset
)

// key is the key of something that an end sends, by its kind, a number and how often it was sent before.
func (e *End) key(kind, number, attempt uint64) uint64 {
	return link.Mix(e.seed + kind*link.Golden ^ link.Mix(number<<8|attempt&0xff))
}

// maxKeys bounds the table of a network. When it is full the counts begin anew, under a new age.
const maxKeys = 1 << 17

// counter counts how often each key has come: an open-addressed table with linear probing.
type counter struct {
	slots []slot
	used  int
	age   uint64
}

type slot struct {
	key   uint64
	count uint64 // 0 for a free one
}

// next is how often the key has come before.
func (c *counter) next(key uint64) uint64 {
	if c.used >= len(c.slots)/2 {
		c.grow()
	}
	s := c.find(key)
	if s.count == 0 {
		s.key = key
		c.used++
	}
	s.count++
	return s.count - 1 + c.age<<32
}

func (c *counter) find(key uint64) *slot {
	mask := uint64(len(c.slots) - 1)
	for i := link.Mix(key) & mask; ; i = (i + 1) & mask {
		if s := &c.slots[i]; s.count == 0 || s.key == key {
			return s
		}
	}
}

func (c *counter) grow() {
	if c.used >= maxKeys {
		clear(c.slots)
		c.used = 0
		c.age++
		return
	}
	old := c.slots
	c.slots = make([]slot, max(64, 2*len(old)))
	for _, s := range old {
		if s.count > 0 {
			*c.find(s.key) = s
		}
	}
}
