package build

import (
	"context"
	"path/filepath"
	"testing"
)

// Another host may remove a folder at the moment at which it is made.
func TestAFolderOfTheCacheIsMadeWhileAnotherHostTidiesUp(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "lab", "build")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2000 {
			Sweep(cache)
		}
	}()
	for busy := true; busy; {
		held, err := lockEntry(context.Background(), filepath.Join(cache, "0123456789abcdef"))
		if err != nil {
			t.Fatal(err)
		}
		_ = held.Close()
		select {
		case <-done:
			busy = false
		default:
		}
	}
}
