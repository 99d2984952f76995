package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"
)

// journal is what hashicorp/raft wants to find again after a crash: its store in memory, and a file of all changes to it.
// Each is synced before it counts. The usual stores need mmap, which programs in lab do not have.
type journal struct {
	*raft.InmemStore
	file *os.File
}

// record is one change: entries, a range of entries to delete, or a value or number under a key.
type record struct {
	Logs   []*raft.Log
	Delete []uint64
	Key    []byte
	Value  []byte
	Number uint64
}

// openJournal reads the records up to the end of the file, or to one that a crash has cut off.
func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{raft.NewInmemStore(), file}
	records, end := json.NewDecoder(file), int64(0)
	for {
		var r record
		if err := records.Decode(&r); err != nil {
			break
		}
		if err := j.apply(r); err != nil {
			return nil, err
		}
		end = records.InputOffset()
	}
	_, err = file.Seek(end, io.SeekStart)
	return j, errors.Join(err, file.Truncate(end), syncDirectory(filepath.Dir(path)))
}

// syncDirectory makes the names in a directory durable.
func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// keep makes a change durable, and then makes it.
func (j *journal) keep(r record) error {
	if err := json.NewEncoder(j.file).Encode(r); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	return j.apply(r)
}

func (j *journal) apply(r record) error {
	switch {
	case r.Logs != nil:
		return j.InmemStore.StoreLogs(r.Logs)
	case r.Delete != nil:
		return j.InmemStore.DeleteRange(r.Delete[0], r.Delete[1])
	case r.Value != nil:
		return j.InmemStore.Set(r.Key, r.Value)
	}
	return j.InmemStore.SetUint64(r.Key, r.Number)
}

// StoreLog implements LogStore of hashicorp/raft.
func (j *journal) StoreLog(entry *raft.Log) error { return j.StoreLogs([]*raft.Log{entry}) }

// StoreLogs implements LogStore.
func (j *journal) StoreLogs(entries []*raft.Log) error { return j.keep(record{Logs: entries}) }

// DeleteRange implements LogStore.
func (j *journal) DeleteRange(low, high uint64) error {
	return j.keep(record{Delete: []uint64{low, high}})
}

// Set implements StableStore of hashicorp/raft.
func (j *journal) Set(key, value []byte) error { return j.keep(record{Key: key, Value: value}) }

// SetUint64 implements StableStore.
func (j *journal) SetUint64(key []byte, n uint64) error {
	return j.keep(record{Key: key, Number: n})
}

type entry struct {
	Index   uint64 `json:"index"`
	Term    uint64 `json:"term"`
	Command string `json:"command"`
}

// entries are those from low to high, committed or not.
func (j *journal) entries(low, high uint64) ([]entry, error) {
	all := []entry{}
	for index := low; index <= high; index++ {
		var l raft.Log
		if err := j.GetLog(index, &l); err != nil {
			return nil, err
		}
		e := entry{Index: l.Index, Term: l.Term}
		if l.Type == raft.LogCommand {
			e.Command = string(l.Data)
		}
		all = append(all, e)
	}
	return all, nil
}
