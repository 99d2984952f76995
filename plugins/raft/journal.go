package raft

import (
	"errors"
	"fmt"
	"io"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/sdk"
)

const journalFile = "raft.journal"

// journal keeps term, vote and log: a file of records, one per write of the core, only ever appended to. One task uses
// it.
type journal struct {
	file    sdk.File
	cluster roster
	size    int64  // of the durable part
	batch   []byte // records not yet written
}

// openJournal replays the file. The end of a file may be a record that a crash has cut short or damaged before it was
// synced: nobody was told of it, and it is dropped. Damage before a record that was written later, after a sync, is
// something else: what the node has promised is gone, so it must not take part.
func openJournal(disk sdk.Disk, cluster roster) (*journal, core.Durable, error) {
	j := &journal{cluster: cluster}
	file, err := disk.Open(journalFile)
	if err != nil {
		return nil, core.Durable{}, fmt.Errorf("raft: journal: %w", err)
	}
	j.file = file
	data, err := readAll(file)
	if err != nil {
		return nil, core.Durable{}, fmt.Errorf("raft: journal: %w", err)
	}
	durable, size, err := j.replay(data)
	if err != nil {
		return nil, core.Durable{}, fmt.Errorf("raft: journal: %w", err)
	}
	j.size = int64(size)
	if size < len(data) {
		err := file.Truncate(j.size)
		if err == nil {
			err = file.Sync()
		}
		if err != nil {
			return nil, core.Durable{}, fmt.Errorf("raft: journal: dropping a torn record: %w", err)
		}
	}
	return j, durable, nil
}

func readAll(file sdk.File) ([]byte, error) {
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	n, err := file.ReadAt(data, 0)
	if errors.Is(err, io.EOF) && int64(n) == size {
		err = nil
	}
	return data, err
}

// replay returns what the records add up to, and the size of the part that holds.
func (j *journal) replay(data []byte) (durable core.Durable, size int, err error) {
	for size < len(data) {
		r, length, err := parseRecord(data, size)
		if err != nil {
			if lost := syncedAfter(data, size); lost {
				return durable, 0, fmt.Errorf("record at byte %d is damaged although it was synced: %w", size, err)
			}
			return durable, size, nil
		}
		if err := j.redo(&durable, r); err != nil {
			return durable, 0, fmt.Errorf("record at byte %d: %w", size, err)
		}
		size += length
	}
	return durable, size, nil
}

// redo applies one record.
func (j *journal) redo(durable *core.Durable, r record) error {
	vote, known := j.cluster.find(r.vote)
	switch {
	case r.vote == "":
		vote = core.None
	case !known:
		return fmt.Errorf("a vote for %q, who is not among the nodes %q", r.vote, j.cluster.names)
	}
	durable.Term, durable.Vote = r.term, vote
	if r.from == 0 {
		return nil
	}
	if last := uint64(len(durable.Log)); r.from > last+1 {
		return fmt.Errorf("entries from index %d after a log that ends at %d", r.from, last)
	}
	durable.Log = append(durable.Log[:r.from-1], r.entries...)
	return nil
}

// add takes a write into the next sync.
func (j *journal) add(w core.Write) {
	j.batch = appendRecord(j.batch, j.size+int64(len(j.batch)), record{
		synced: uint64(j.size), term: w.Term, vote: j.cluster.name(w.Vote), from: w.From, entries: w.Entries,
	})
}

// sync makes all added writes durable. After an error the journal must not be used any more.
func (j *journal) sync() error {
	if _, err := j.file.WriteAt(j.batch, j.size); err != nil {
		return fmt.Errorf("raft: journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("raft: journal: %w", err)
	}
	j.size += int64(len(j.batch))
	j.batch = j.batch[:0]
	return nil
}
