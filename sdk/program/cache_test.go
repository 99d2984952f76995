package program

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/experimental"
)

// TestTheLongestUnusedModulesGoWhenAllTakeTooMuch keeps the cache within its limit, but for what is new.
func TestTheLongestUnusedModulesGoWhenAllTakeTooMuch(t *testing.T) {
	t.Setenv(cacheSetting, "1")
	root := t.TempDir()
	for name, age := range map[string]time.Duration{"oldest": 3 * time.Hour, "older": 2 * time.Hour, "old": time.Hour, "new": 0} {
		file := filepath.Join(root, name, "wazero", "code")
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, make([]byte, 400<<10), 0o600); err != nil {
			t.Fatal(err)
		}
		used := time.Now().Add(-age)
		for path := file; path != root; path = filepath.Dir(path) {
			if err := os.Chtimes(path, used, used); err != nil {
				t.Fatal(err)
			}
		}
	}
	prune(root, filepath.Join(root, "new"))
	var left []string
	for _, k := range folders(root) {
		left = append(left, filepath.Base(k.dir))
	}
	if want := []string{"old", "new"}; !slices.Equal(left, want) {
		t.Errorf("left: %q, want %q", left, want)
	}
}

// TestMemoryGrowsInPlaceAndIsGivenBack is about memory that a program has left and another one gets.
func TestMemoryGrowsInPlaceAndIsGivenBack(t *testing.T) {
	const most = 64 * pageSize
	first := mapping{}.Allocate(0, most)
	small := first.Reallocate(3 * pageSize)
	for i := range small {
		small[i] = 1
	}
	grown := first.Reallocate(9 * pageSize)
	if &grown[0] != &small[0] || grown[3*pageSize-1] != 1 || grown[3*pageSize] != 0 {
		t.Error("memory that grows stays where it is and keeps what it holds, and zeros follow")
	}
	if first.Reallocate(most+pageSize) != nil || (&linear{}).Reallocate(maxMemory+pageSize) != nil {
		t.Error("more than the limit was given")
	}
	first.Free()
	for _, next := range []experimental.LinearMemory{mapping{}.Allocate(0, most), &linear{}} {
		for _, size := range []uint64{pageSize, 4 * pageSize, 16 * pageSize} {
			if i := slices.IndexFunc(next.Reallocate(size), func(b byte) bool { return b != 0 }); i >= 0 {
				t.Errorf("%d bytes: byte %d is not zero", size, i)
			}
		}
		next.Free()
	}
}
