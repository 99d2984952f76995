package disk_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
)

// onBoth runs the test over each backing.
func onBoth(t *testing.T, test func(t *testing.T, b disk.Backing)) {
	t.Run("memory", func(t *testing.T) { test(t, disk.Memory()) })
	t.Run("directory", func(t *testing.T) {
		b, err := disk.Directory(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		test(t, b)
	})
}

func open(t testing.TB, d sdk.Disk, name string) sdk.File {
	t.Helper()
	f, err := d.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t testing.TB, f sdk.File, off int64, text string) {
	t.Helper()
	if n, err := f.WriteAt([]byte(text), off); n != len(text) || err != nil {
		t.Fatalf("write: got %d, %v", n, err)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func content(t testing.TB, f sdk.File) string {
	t.Helper()
	size, err := f.Size()
	ok(t, err)
	p := make([]byte, size+1)
	n, err := f.ReadAt(p, 0)
	if int64(n) != size || err != io.EOF {
		t.Fatalf("read past the end: got %d bytes, %v; want %d, EOF", n, err, size)
	}
	return string(p[:n])
}

func stored(t testing.TB, b disk.Backing, name string) string {
	t.Helper()
	return content(t, open(t, disk.New(b, disk.Options{}), name))
}

func want(t testing.TB, what, got, wanted string) {
	t.Helper()
	if d := cmp.Diff(wanted, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func wantErr(t testing.TB, what string, got, wanted error) {
	t.Helper()
	if !errors.Is(got, wanted) {
		t.Errorf("%s: got error %v, want %v", what, got, wanted)
	}
}

func TestReadsSeeUnsyncedWrites(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		d := disk.New(b, disk.Options{})
		f := open(t, d, "log")
		write(t, f, 0, "hello world")
		ok(t, f.Sync())
		write(t, f, 6, "there, you")
		want(t, "content", content(t, f), "hello there, you")
		want(t, "by another handle", content(t, open(t, d, "log")), "hello there, you")
		want(t, "in the backing", stored(t, b, "log"), "hello world")
		ok(t, f.Close())
		want(t, "opened anew", content(t, open(t, d, "log")), "hello there, you")
	})
}

func TestACrashLosesExactlyTheUnsynced(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		d := disk.New(b, disk.Options{})
		f, other := open(t, d, "log"), open(t, d, "other")
		write(t, f, 0, "kept")
		write(t, other, 0, "lost")
		ok(t, f.Sync())
		write(t, f, 2, "xxxxx")
		ok(t, f.Truncate(3))
		d.Crash()
		want(t, "synced file", stored(t, b, "log"), "kept")
		want(t, "unsynced file", stored(t, b, "other"), "")
	})
}

func TestACrashedDiskAnswersErrStopped(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		d := disk.New(b, disk.Options{Fsync: true})
		f := open(t, d, "log")
		d.Crash()
		p := make([]byte, 1)
		_, readErr := f.ReadAt(p, 0)
		_, writeErr := f.WriteAt(p, 0)
		_, sizeErr := f.Size()
		_, openErr := d.Open("log")
		_, listErr := d.List()
		for what, err := range map[string]error{
			"read": readErr, "write": writeErr, "size": sizeErr, "sync": f.Sync(), "truncate": f.Truncate(0),
			"open": openErr, "list": listErr, "rename": d.Rename("log", "b"), "remove": d.Remove("log"),
		} {
			wantErr(t, what, err, sdk.ErrStopped)
		}
		ok(t, f.Close())
	})
}

func TestACrashDuringSyncLosesItsWrites(t *testing.T) {
	b := disk.Memory()
	var d *disk.Disk
	d = disk.New(b, disk.Options{Sync: func(string) error { d.Crash(); return nil }})
	f := open(t, d, "log")
	write(t, f, 0, "lost")
	wantErr(t, "sync", f.Sync(), sdk.ErrStopped)
	want(t, "stored", stored(t, b, "log"), "")
}

func TestSyncStoresWhatWasWrittenBeforeItsCallOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		var during func()
		d := disk.New(b, disk.Options{Sync: func(string) error { during(); return nil }})
		f := open(t, d, "log")
		write(t, f, 0, "before")
		during = func() {
			write(t, f, 3, "during")
			want(t, "content meanwhile", content(t, f), "befduring")
			during = func() { write(t, f, 9, "!") }
			ok(t, f.Sync()) // called later, ends earlier
			want(t, "stored by the inner sync", stored(t, b, "log"), "befduring")
		}
		ok(t, f.Sync())
		want(t, "stored", stored(t, b, "log"), "befduring")
		want(t, "content", content(t, f), "befduring!")
	})
}

func TestASyncIsToldWhichFileItIsOf(t *testing.T) {
	var told []string
	d := disk.New(disk.Memory(), disk.Options{Sync: func(name string) error { told = append(told, name); return nil }})
	f := open(t, d, "draft")
	ok(t, f.Sync())
	ok(t, d.Rename("draft", "log"))
	ok(t, f.Sync())
	ok(t, d.Remove("log"))
	ok(t, f.Sync())
	want(t, "names", strings.Join(told, ","), "draft,log,")
}

func TestAFailedSyncKeepsItsWritesUnsynced(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		broken := errors.New("disk broken")
		var f sdk.File
		failing := true
		d := disk.New(b, disk.Options{Sync: func(string) error {
			if !failing {
				return nil
			}
			write(t, f, 1, "XY")
			ok(t, f.Truncate(4))
			return broken
		}})
		f = open(t, d, "log")
		write(t, f, 0, "abcdef")
		for range 3 {
			wantErr(t, "sync", f.Sync(), broken)
		}
		want(t, "stored", stored(t, b, "log"), "")
		want(t, "content", content(t, f), "aXYd")
		failing = false
		ok(t, f.Sync())
		want(t, "stored", stored(t, b, "log"), "aXYd")
	})
}

func TestTruncateAndSparseWritesReadAsZeros(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		f := open(t, disk.New(b, disk.Options{}), "f")
		write(t, f, 0, "abcdef")
		ok(t, f.Sync())
		ok(t, f.Truncate(2))
		ok(t, f.Truncate(4))
		want(t, "cut and grown", content(t, f), "ab\x00\x00")
		write(t, f, 100_000, "z")
		sparse := "ab" + strings.Repeat("\x00", 99_998) + "z"
		want(t, "sparse", content(t, f), sparse)
		ok(t, f.Sync())
		want(t, "stored", stored(t, b, "f"), sparse)
	})
}

func TestRenameIsAtomicAndDurableButSyncsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		d := disk.New(b, disk.Options{Fsync: true})
		target, draft := open(t, d, "state"), open(t, d, "draft")
		write(t, target, 0, "old")
		ok(t, target.Sync())
		write(t, draft, 0, "new")
		ok(t, draft.Sync())
		write(t, draft, 3, " unsynced")
		ok(t, d.Rename("draft", "state"))
		want(t, "by name", content(t, open(t, d, "state")), "new unsynced")
		want(t, "handle of the replaced file", content(t, target), "old")
		ok(t, d.Rename("state", "state"))
		wantErr(t, "rename of nothing", d.Rename("draft", "x"), sdk.ErrNotExist)
		d.Crash()
		want(t, "after the crash", stored(t, b, "state"), "new")
	})
}

func TestARemovedFileLivesOnInItsHandles(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		d := disk.New(b, disk.Options{})
		f := open(t, d, "f")
		write(t, f, 0, "old")
		ok(t, d.Remove("f"))
		wantErr(t, "second remove", d.Remove("f"), sdk.ErrNotExist)
		fresh := open(t, d, "f")
		want(t, "fresh file", content(t, fresh), "")
		write(t, f, 3, "er")
		ok(t, f.Sync())
		want(t, "handle", content(t, f), "older")
		want(t, "fresh file", content(t, fresh), "")
		ok(t, f.Close())
		_, err := f.ReadAt(make([]byte, 1), 0)
		wantErr(t, "read after close", err, sdk.ErrClosed)
		wantErr(t, "second close", f.Close(), sdk.ErrClosed)
	})
}

func TestListIsSorted(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		d := disk.New(b, disk.Options{})
		for _, name := range []string{"c", "a", "..b", "B"} {
			open(t, d, name)
		}
		got, err := d.List()
		ok(t, err)
		if diff := cmp.Diff([]string{"..b", "B", "a", "c"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBadNamesAreRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		d := disk.New(b, disk.Options{})
		for _, name := range []string{"", ".", "..", "a/b", "../a", `a\b`, "a\x00b", "a\nb", "\xff",
			strings.Repeat("n", disk.MaxName+1)} {
			_, err := d.Open(name)
			wantErr(t, "open "+name, err, disk.ErrName)
			wantErr(t, "remove "+name, d.Remove(name), disk.ErrName)
			wantErr(t, "rename to "+name, d.Rename("a", name), disk.ErrName)
			wantErr(t, "rename of "+name, d.Rename(name, "a"), disk.ErrName)
		}
		open(t, d, strings.Repeat("n", disk.MaxName))
	})
}

func TestASymbolicLinkDoesNotLeadOutOfTheDirectory(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	ok(t, os.WriteFile(outside, []byte("secret"), 0o600))
	inside := t.TempDir()
	ok(t, os.Symlink(outside, filepath.Join(inside, "link")))
	b, err := disk.Directory(inside)
	ok(t, err)
	defer b.Close()
	if _, err := disk.New(b, disk.Options{}).Open("link"); err == nil {
		t.Error("opened a file outside the directory")
	}
}

func TestAFileDoesNotGrowBeyondTheLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, b disk.Backing) {
		f := open(t, disk.New(b, disk.Options{MaxFile: 10}), "f")
		write(t, f, 8, "ab")
		_, err := f.WriteAt([]byte("abc"), 8)
		wantErr(t, "write", err, disk.ErrTooBig)
		_, err = f.WriteAt([]byte("a"), 1<<63-1)
		wantErr(t, "far write", err, disk.ErrTooBig)
		wantErr(t, "truncate", f.Truncate(11), disk.ErrTooBig)
		if _, err = f.WriteAt([]byte("a"), -1); err == nil {
			t.Error("a negative offset was taken")
		}
		want(t, "content", content(t, f), string(bytes.Repeat([]byte{0}, 8))+"ab")
	})
}

// counting counts the files of a backing that are open.
type counting struct {
	disk.Backing
	open int
}

type counted struct {
	sdk.File
	of *counting
}

func (c *counting) Open(name string) (sdk.File, error) {
	f, err := c.Backing.Open(name)
	if err == nil {
		c.open++
	}
	return counted{f, c}, err
}

func (c counted) Close() error {
	c.of.open--
	return c.File.Close()
}

// TestWhatNobodyHasOpenTakesNoFilesOfTheSystem is about programs that make more files than a process can open, and sync none.
func TestWhatNobodyHasOpenTakesNoFilesOfTheSystem(t *testing.T) {
	stored, written := &counting{Backing: disk.Memory()}, &counting{Backing: disk.Memory()}
	d := disk.New(stored, disk.Options{Written: written})
	for i := range 100 {
		f, err := d.Open(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("unsynced"), 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if stored.open+written.open != 0 {
		t.Errorf("%d and %d files are open, want none", stored.open, written.open)
	}
	if err := d.Rename("1", "a"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"0", "a"} {
		f, err := d.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 8)
		if _, err := f.ReadAt(b, 0); err != nil || string(b) != "unsynced" {
			t.Errorf("%s holds %q (%v)", name, b, err)
		}
	}
	if err := d.Remove("2"); err != nil {
		t.Fatal(err)
	}
	if err := d.Kill(); err != nil {
		t.Fatal(err)
	}
	if size, err := stored.Stat("99"); size != 8 || err != nil || stored.open+written.open != 0 {
		t.Errorf("after the end of the process a file has %d bytes (%v), and %d and %d are open", size, err, stored.open, written.open)
	}
}
