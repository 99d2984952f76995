package disk_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
)

// plainFile is a file as the contract describes it, with whole copies of both states.
type plainFile struct{ now, durable []byte }

func (f *plainFile) write(off int, p []byte) {
	if end := off + len(p); end > len(f.now) {
		f.now = append(f.now, make([]byte, end-len(f.now))...)
	}
	copy(f.now[off:], p)
}

func (f *plainFile) truncate(size int) {
	if size > len(f.now) {
		f.write(size, nil)
	}
	f.now = f.now[:size]
}

// story plays the same random calls to a disk and to the plain reference.
type story struct {
	t       *testing.T
	rand    *rand.Rand
	backing disk.Backing
	written disk.Backing // nil where a killed process stores what it has written, as in sim
	disk    *disk.Disk
	plain   map[string]*plainFile
	failing error // what the sync under way comes to
}

var errBroken = errors.New("disk broken")

func (s *story) boot() {
	s.disk = disk.New(s.backing, disk.Options{Sync: s.duringSync, Written: s.written})
}

// duringSync sometimes writes while a sync is under way, sometimes lets it fail, and sometimes is as long as a crash
// takes to come.
func (s *story) duringSync(string) error {
	if s.rand.IntN(3) == 0 {
		s.change(s.name())
	}
	switch s.rand.IntN(6) {
	case 0:
		s.failing = errBroken
	case 1:
		s.failing = sdk.ErrStopped
		s.crash()
		return nil
	default:
		s.failing = nil
	}
	return s.failing
}

func (s *story) name() string { return fmt.Sprintf("f%d", s.rand.IntN(3)) }

// file returns the plain file of that name, creating it.
func (s *story) file(name string) *plainFile {
	if s.plain[name] == nil {
		s.plain[name] = &plainFile{}
	}
	return s.plain[name]
}

func (s *story) change(name string) {
	f, plain := open(s.t, s.disk, name), s.file(name)
	defer f.Close()
	off := s.rand.IntN(300)
	if s.rand.IntN(4) == 0 {
		off = len(plain.now)
	}
	if s.rand.IntN(4) == 0 {
		ok(s.t, f.Truncate(int64(off)))
		plain.truncate(off)
		return
	}
	text := strings.Repeat(string(rune('a'+s.rand.IntN(26))), 1+s.rand.IntN(80))
	write(s.t, f, int64(off), text)
	plain.write(off, []byte(text))
}

func (s *story) sync(name string) {
	f, plain := open(s.t, s.disk, name), s.file(name)
	defer f.Close()
	before := slices.Clone(plain.now)
	err := f.Sync()
	if s.failing != nil {
		wantErr(s.t, "sync", err, s.failing)
		return
	}
	ok(s.t, err)
	plain.durable = before
}

func (s *story) rename(from, to string) {
	err := s.disk.Rename(from, to)
	if s.plain[from] == nil {
		wantErr(s.t, "rename", err, sdk.ErrNotExist)
		return
	}
	ok(s.t, err)
	moved := s.plain[from]
	delete(s.plain, from)
	s.plain[to] = moved
}

func (s *story) remove(name string) {
	err := s.disk.Remove(name)
	if s.plain[name] == nil {
		wantErr(s.t, "remove", err, sdk.ErrNotExist)
		return
	}
	ok(s.t, err)
	delete(s.plain, name)
}

// crash is a loss of power, or the end of the process alone.
func (s *story) crash() {
	kept := s.rand.IntN(2) == 0
	if kept && s.written == nil {
		ok(s.t, s.disk.Kill())
	} else {
		s.disk.Crash()
	}
	if s.written != nil {
		ok(s.t, disk.Recover(s.backing, s.written, kept))
	}
	s.boot()
	for _, f := range s.plain {
		if kept {
			f.durable = slices.Clone(f.now)
		} else {
			f.now = slices.Clone(f.durable)
		}
	}
}

func (s *story) names() []string {
	names, err := s.disk.List()
	ok(s.t, err)
	return names
}

func (s *story) compare() {
	names := s.names()
	if wanted := slices.Sorted(maps.Keys(s.plain)); !slices.Equal(wanted, names) {
		s.t.Fatalf("names: got %q, want %q", names, wanted)
	}
	for _, name := range names {
		f := open(s.t, s.disk, name)
		if got, wanted := content(s.t, f), string(s.plain[name].now); got != wanted {
			s.t.Fatalf("%s: got %q, want %q", name, got, wanted)
		}
		f.Close()
	}
}

// stale tries a handle that was open when the disk crashed: it reaches nothing any more.
func (s *story) stale() {
	name := s.name()
	f := open(s.t, s.disk, name)
	s.file(name)
	s.crash()
	_, err := f.WriteAt([]byte("late"), 0)
	wantErr(s.t, "write after a crash", err, sdk.ErrStopped)
	wantErr(s.t, "sync after a crash", f.Sync(), sdk.ErrStopped)
	f.Close()
}

func TestRandomCallsMatchThePlainReference(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		for seed := range uint64(20) {
			t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
				s := &story{t: t, rand: rand.New(rand.NewPCG(seed, 2)), backing: b, plain: map[string]*plainFile{}}
				if seed%2 == 0 {
					s.written = disk.Memory()
				}
				s.boot()
				for _, name := range s.names() { // of the story before
					ok(t, s.disk.Remove(name))
				}
				s.play(300)
			})
		}
	})
}

func (s *story) play(calls int) {
	for range calls {
		switch k := s.rand.IntN(42); {
		case k < 25:
			s.change(s.name())
		case k < 34:
			s.sync(s.name())
		case k < 36:
			s.rename(s.name(), s.name())
		case k < 38:
			s.remove(s.name())
		case k < 40:
			s.stale()
		default:
			s.crash()
		}
		s.compare()
	}
}

func TestConcurrentUseKeepsEveryRecord(t *testing.T) {
	const writers, records, size = 8, 200, 16
	onBoth(t, func(t *testing.T, b disk.Backing) {
		d := disk.New(b, disk.Options{})
		var group sync.WaitGroup
		for w := range writers {
			group.Go(func() {
				f, err := d.Open(fmt.Sprintf("log%d", w%2))
				if err != nil {
					t.Error(err)
					return
				}
				defer f.Close()
				record := []byte(strings.Repeat(string(rune('a'+w)), size))
				for i := range records {
					if _, err := f.WriteAt(record, int64((i*writers+w)*size)); err != nil {
						t.Error(err)
					}
					if err := f.Sync(); err != nil {
						t.Error(err)
					}
					got := make([]byte, size)
					if _, err := f.ReadAt(got, int64((i*writers+w)*size)); err != nil || string(got) != string(record) {
						t.Errorf("read back %q, %v", got, err)
					}
				}
			})
		}
		group.Wait()
		d.Crash()
		for _, name := range []string{"log0", "log1"} {
			text := stored(t, b, name)
			for w := range writers {
				have := strings.Count(text, string(rune('a'+w)))
				wanted := 0
				if fmt.Sprintf("log%d", w%2) == name {
					wanted = records * size
				}
				if have != wanted {
					t.Errorf("%s: %d bytes of writer %d, want %d", name, have, w, wanted)
				}
			}
		}
	})
}

func BenchmarkAppendAndSync(b *testing.B) {
	directory, err := disk.Directory(b.TempDir())
	ok(b, err)
	defer directory.Close()
	for _, each := range []struct {
		name    string
		backing disk.Backing
	}{{"memory", disk.Memory()}, {"directory", directory}} {
		b.Run(each.name, func(b *testing.B) {
			d := disk.New(each.backing, disk.Options{MaxFile: 1 << 40})
			f := open(b, d, "log")
			record := make([]byte, 100)
			b.ReportAllocs()
			b.SetBytes(int64(len(record)))
			off := int64(0)
			for b.Loop() {
				if _, err := f.WriteAt(record, off); err != nil {
					b.Fatal(err)
				}
				off = (off + int64(len(record))) % (64 << 20) // a log that is rotated, so that memory stays bounded
				if err := f.Sync(); err != nil {
					b.Fatal(err)
				}
			}
			d.Crash()
		})
	}
}
