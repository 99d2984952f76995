package raft

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/plugins/raft/parse"
)

// A record of the journal reads:
//
//	"RFT1"  uint32 length of the body  uint64 checksum of the record's offset and body
//	body: uvarint synced, term; text vote; uvarint from, count; count entries as in messages
//
// A text is a uvarint length and its bytes. The checksum includes the offset so that bytes of a record never pass for
// one elsewhere.

const recordHead = 16

var recordMark = []byte("RFT1")

// record is one write: term and vote, and, unless from is 0, the entries that stand from there on.
type record struct {
	synced  uint64 // the file was durable up to this byte when the record was written
	term    uint64
	vote    string
	from    uint64
	entries []core.Entry
}

func appendRecord(b []byte, offset int64, r record) []byte {
	start := len(b)
	b = append(b, recordMark...)
	b = append(b, make([]byte, recordHead-len(recordMark))...)
	b = binary.AppendUvarint(b, r.synced)
	b = binary.AppendUvarint(b, r.term)
	b = binary.AppendUvarint(b, uint64(len(r.vote)))
	b = append(b, r.vote...)
	b = binary.AppendUvarint(b, r.from)
	b = binary.AppendUvarint(b, uint64(len(r.entries)))
	for i := range r.entries {
		b = appendEntry(b, &r.entries[i])
	}
	head, body := b[start:], b[start+recordHead:]
	binary.LittleEndian.PutUint32(head[4:], uint32(len(body)))
	binary.LittleEndian.PutUint64(head[8:], recordSum(offset, body))
	return b
}

func recordSum(offset int64, body []byte) uint64 {
	var d xxhash.Digest
	d.Reset()
	var at [8]byte
	binary.LittleEndian.PutUint64(at[:], uint64(offset))
	d.Write(at[:])
	d.Write(body)
	return d.Sum64()
}

// parseRecord reads the record at an offset of the file and returns its length. The entries' data alias the file.
func parseRecord(file []byte, offset int) (r record, length int, err error) {
	data := file[offset:]
	if len(data) < recordHead || !bytes.HasPrefix(data, recordMark) {
		return r, 0, fmt.Errorf("no record begins there")
	}
	size := int(binary.LittleEndian.Uint32(data[4:]))
	if size > len(data)-recordHead {
		return r, 0, fmt.Errorf("body of %d bytes, %d are there", size, len(data)-recordHead)
	}
	body := data[recordHead : recordHead+size]
	if got, want := binary.LittleEndian.Uint64(data[8:]), recordSum(int64(offset), body); got != want {
		return r, 0, fmt.Errorf("checksum %016x, want %016x", got, want)
	}
	p := parse.Bytes{Rest: body}
	r = record{synced: p.Uvarint(), term: p.Uvarint(), vote: string(p.Text()), from: p.Uvarint()}
	count := p.Uvarint()
	if p.Failed || r.term > limit || r.from > limit {
		return r, 0, fmt.Errorf("damaged body")
	}
	if r.from > 0 {
		r.entries, err = parseEntries(p.Rest, count, r.from-1, 0, r.term)
	}
	return r, recordHead + size, err
}

// syncedAfter reports whether a valid record behind a damaged one was written when the damaged one was durable already.
func syncedAfter(file []byte, damaged int) bool {
	for at := damaged + 1; ; at++ {
		next := bytes.Index(file[min(at, len(file)):], recordMark)
		if next < 0 {
			return false
		}
		at += next
		if r, _, err := parseRecord(file, at); err == nil && r.synced > uint64(damaged) {
			return true
		}
	}
}
