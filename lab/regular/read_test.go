package regular

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileThatChangesBetweenTheLookAndTheOpeningIsLookedAtAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	other := filepath.Join(t.TempDir(), "other")
	if err := errors.Join(os.WriteFile(path, []byte("small"), 0o644), os.WriteFile(other, make([]byte, 100), 0o644)); err != nil {
		t.Fatal(err)
	}
	tooLarge := errors.New("too large")
	looks := 0
	text, err := Read(path, 10, func(info fs.FileInfo) error {
		if looks++; looks == 1 {
			return os.Rename(other, path)
		}
		if info.Size() > 10 {
			return tooLarge
		}
		return nil
	})
	if !errors.Is(err, tooLarge) || len(text) != 0 || looks != 2 {
		t.Errorf("got %d bytes, %v after %d looks; want the second look to refuse", len(text), err, looks)
	}
}

func TestNoMoreThanTheLimitIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, 100), 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := Read(path, 10, func(fs.FileInfo) error { return nil })
	if err != nil || len(text) != 11 {
		t.Errorf("got %d bytes, %v; want one more than the limit, which tells that there are more", len(text), err)
	}
}
