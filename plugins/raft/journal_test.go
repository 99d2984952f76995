package raft

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/sdk/disk"
)

var three = newRoster("n1", []string{"n2", "n3"})

func entry(index, term uint64, data string) core.Entry {
	return core.Entry{Index: index, Term: term, Data: []byte(data)}
}

// stored writes each batch in one sync, and returns the backing and the file's size after each.
func stored(t *testing.T, batches ...[]core.Write) (disk.Backing, []int64) {
	t.Helper()
	backing := disk.Memory()
	j, _, err := openJournal(disk.New(backing, disk.Options{}), three)
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	for _, batch := range batches {
		for _, w := range batch {
			j.add(w)
		}
		if err := j.sync(); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, j.size)
	}
	return backing, sizes
}

// damage changes the durable bytes of the journal.
func damage(t *testing.T, backing disk.Backing, change func(data []byte) []byte) {
	t.Helper()
	d := disk.New(backing, disk.Options{})
	file, err := d.Open(journalFile)
	if err != nil {
		t.Fatal(err)
	}
	data, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	data = change(data)
	if err := file.Truncate(int64(len(data))); err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(data, 0); err != nil {
		t.Fatal(err)
	}
	if err := file.Sync(); err != nil {
		t.Fatal(err)
	}
}

func reopen(backing disk.Backing) (*journal, core.Durable, error) {
	return openJournal(disk.New(backing, disk.Options{}), three)
}

var history = [][]core.Write{
	{{Number: 1, Term: 1, Vote: 2}},
	{
		{Number: 2, Term: 1, Vote: 2, From: 1, Entries: []core.Entry{entry(1, 1, "a"), entry(2, 1, "b")}},
		{Number: 3, Term: 1, Vote: 2, From: 3, Entries: []core.Entry{entry(3, 1, "c")}},
	},
	{{Number: 4, Term: 2, From: 2, Entries: []core.Entry{entry(2, 2, "B")}}},
}

func TestTheJournalGivesBackWhatWasWritten(t *testing.T) {
	backing, _ := stored(t, history...)
	_, got, err := reopen(backing)
	if err != nil {
		t.Fatal(err)
	}
	want := core.Durable{Term: 2, Log: []core.Entry{entry(1, 1, "a"), entry(2, 2, "B")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("durable state (-want +got):\n%s", diff)
	}
}

// A crash may cut the last record anywhere, or spoil any bit of it. The node starts without it, writes over it, and
// finds the new record later.
func TestATornTailIsDropped(t *testing.T) {
	_, sizes := stored(t, history...)
	first, all := sizes[1], sizes[2]
	spoils := map[string]func([]byte) []byte{}
	for cut := first; cut < all; cut++ {
		spoils["cut at "+string(rune('a'+cut-first))] = func(data []byte) []byte { return data[:cut] }
		spoils["flip in "+string(rune('a'+cut-first))] = func(data []byte) []byte { data[cut] ^= 16; return data }
	}
	for name, spoil := range spoils {
		backing, _ := stored(t, history...)
		damage(t, backing, spoil)
		j, got, err := reopen(backing)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := core.Durable{Term: 1, Vote: 2, Log: []core.Entry{entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: durable state (-want +got):\n%s", name, diff)
		}
		j.add(core.Write{Number: 1, Term: 7, Vote: 3})
		if err := j.sync(); err != nil {
			t.Fatal(err)
		}
		if _, got, err = reopen(backing); err != nil || got.Term != 7 || got.Vote != 3 || len(got.Log) != 3 {
			t.Fatalf("%s: after another write: %+v, %v", name, got, err)
		}
	}
}

// Records of one sync vanish together with the damaged one before them: none of them was durable.
func TestADamagedRecordTakesItsUnsyncedFollowersAlong(t *testing.T) {
	backing, sizes := stored(t, history[:2]...)
	damage(t, backing, func(data []byte) []byte { data[sizes[0]+recordHead] ^= 1; return data })
	j, got, err := reopen(backing)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(core.Durable{Term: 1, Vote: 2}, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("durable state (-want +got):\n%s", diff)
	}
	// They must not come back when the new record fills exactly the damaged one's place.
	again := history[1][0]
	j.add(again)
	if err := j.sync(); err != nil {
		t.Fatal(err)
	}
	if _, got, err = reopen(backing); err != nil || len(got.Log) != len(again.Entries) {
		t.Errorf("after another write: %+v, %v, want the entries %+v only", got, err, again.Entries)
	}
}

// What was synced is promised. A node that finds it damaged must not take part.
func TestADamagedSyncedRecordIsRefused(t *testing.T) {
	_, sizes := stored(t, history...)
	for at := range sizes[0] {
		backing, _ := stored(t, history...)
		damage(t, backing, func(data []byte) []byte { data[at] ^= 1; return data })
		_, _, err := reopen(backing)
		if err == nil || !strings.Contains(err.Error(), "record at byte 0 is damaged although it was synced") {
			t.Fatalf("byte %d flipped: error %v", at, err)
		}
	}
}

func TestAVoteForAStrangerIsRefused(t *testing.T) {
	backing, _ := stored(t, history...)
	_, _, err := openJournal(disk.New(backing, disk.Options{}), newRoster("n1", []string{"n3", "n4"}))
	if err == nil || !strings.Contains(err.Error(), `a vote for "n2", who is not among the nodes ["n1" "n3" "n4"]`) {
		t.Errorf("error %v", err)
	}
}

func FuzzReplay(f *testing.F) {
	var file []byte
	for _, w := range history[1] {
		file = appendRecord(file, int64(len(file)), record{term: w.Term, vote: "n2", from: w.From, entries: w.Entries})
	}
	f.Add(file)
	f.Add(file[:len(file)-1])
	f.Fuzz(func(t *testing.T, data []byte) {
		j := &journal{cluster: three}
		durable, size, err := j.replay(data)
		if err == nil && (size > len(data) || uint64(len(durable.Log)) > 0 && size == 0) {
			t.Errorf("%d of %d bytes hold %+v", size, len(data), durable)
		}
	})
}
