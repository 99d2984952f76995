package program

import (
	"errors"
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
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	begin := slices.Repeat([]byte{7}, pageSize)
	if _, err := file.Write(begin); err != nil {
		t.Fatal(err)
	}
	i := &image{file: file, size: pageSize}
	for range 2 {
		mapped := i.Allocate(0, most)
		for _, l := range []experimental.LinearMemory{mapped, &linear{image: i, most: most}} {
			small := l.Reallocate(3 * pageSize)
			if !slices.Equal(small[:pageSize], begin) || slices.Max(small[pageSize:]) != 0 {
				t.Error("memory begins with the image, and zeros follow")
			}
			for i := range small {
				small[i] = 1
			}
			grown := l.Reallocate(9 * pageSize)
			if grown[3*pageSize-1] != 1 || grown[3*pageSize] != 0 || l == mapped && &grown[0] != &small[0] {
				t.Error("memory that grows stays where it is and keeps what it holds, and zeros follow")
			}
			if l.Reallocate(most+pageSize) != nil {
				t.Error("more than the limit was given")
			}
			l.Free()
		}
	}
}

// FuzzTakeData takes data out of what may be no module. Whatever is left is the module, but for its data.
func FuzzTakeData(f *testing.F) {
	const header = "\x00asm\x01\x00\x00\x00"
	const memory, data = "\x05\x03\x01\x00\x01", "\x0b\x0f\x02\x00\x41\x05\x0b\x01x\x00\x41\xc8\x01\x0b\x02hi"
	if rest, segments, ok := takeData([]byte(header + memory + data + "\x00\x01x")); !ok || string(rest) != header+memory+"\x00\x01x" ||
		len(segments) != 2 || segments[0].at != 5 || segments[1].at != 200 || string(segments[1].data) != "hi" {
		f.Errorf("got %q %v %v", rest, segments, ok)
	}
	for _, text := range []string{
		header + memory + data, header + data, header + memory + "\x0c\x01\x01" + data, header + memory + "\x0b\x07\x01\x00\x41\x7f\x0b\x01x",
		header + memory + "\x0b\xff\xff\xff\xff\x0f", header, "", header + memory + "\x0b\x08\x01\x00\x41\xff\xff\x03\x0b\x02hi",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		rest, segments, ok := takeData(code)
		size := len(rest)
		for _, s := range segments {
			if size += len(s.data); ok && s.at < 0 {
				t.Errorf("a piece at %d", s.at)
			}
		}
		if ok && size > len(code) {
			t.Errorf("%d bytes of %d", size, len(code))
		}
	})
}

// TestAnImageIsWhatTheDataSays has pieces that are near to each other and far apart.
func TestAnImageIsWhatTheDataSays(t *testing.T) {
	const size = 5 << 20
	want := make([]byte, size)
	var segments []segment
	for at := 3; at < size-200; at += 1 + at%977*at%1009 {
		data := slices.Repeat([]byte{byte(at)}, 1+at%150)
		segments = append(segments, segment{at, data})
		copy(want[at:], data)
		at += len(data)
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	i := &image{file: file, size: size}
	if err := errors.Join(file.Truncate(size), i.write(segments)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, size)
	if _, err := file.ReadAt(got, 0); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v; the image of %d pieces is another one", err, len(segments))
	}
}
