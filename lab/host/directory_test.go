package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestADirectoryInUseIsNobodysToRemove lets many hosts come and go at the same time: each looks for what others have
// left behind while they make theirs.
func TestADirectoryInUseIsNobodysToRemove(t *testing.T) {
	base := t.TempDir()
	if len(base)+runNameSize+socketNameSize > socketPathSize {
		base = "" // too long a name
	}
	var hosts sync.WaitGroup
	for range 8 {
		hosts.Go(func() {
			for range 200 {
				dir, lock, err := runDirectory(base)
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(dir, "socket"), nil, 0o600); err != nil {
					t.Errorf("somebody has removed a directory in use: %v", err)
				}
				if err := errors.Join(os.RemoveAll(dir), lock.Close()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	hosts.Wait()
}

// TestWhatAKilledHostHasLeftIsRemovedAtTheNextStart holds at once, however young it is.
func TestWhatAKilledHostHasLeftIsRemovedAtTheNextStart(t *testing.T) {
	base, err := os.MkdirTemp("", "lab") // short enough
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	dead, lock, err := runDirectory(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil { // as the kernel does
		t.Fatal(err)
	}
	alive, lock, err := runDirectory(base)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if _, err := os.Stat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", dead, err)
	}
	if _, err := os.Stat(alive); err != nil {
		t.Error(err)
	}
}
