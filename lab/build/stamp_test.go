package build

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/netlab-dev/netlab/lab/regular"
)

func TestASourceThatIsALinkCountsByWhatItLeadsTo(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	source, other := filepath.Join(elsewhere, "source.go"), filepath.Join(elsewhere, "other.go")
	write := func(path, text string) error { return os.WriteFile(path, []byte(text), 0o644) }
	link := func(target, name string) error { return os.Symlink(target, filepath.Join(dir, name)) }
	must := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	must(write(source, "package x"), link(filepath.Join(dir, "next.go"), "first.go"), link(source, "next.go"),
		link(filepath.Join(dir, "circle"), "circle"), link(filepath.Join(elsewhere, "gone"), "nowhere"), link(elsewhere, "folder"))
	p := &program{}
	before := ""
	changed := func() bool {
		t.Helper()
		now, err := p.fingerprint([]string{dir})
		must(err)
		defer func() { before = now }()
		return now != before
	}
	changed()
	if changed() {
		t.Error("changed, though nothing has")
	}
	if must(write(source, "package y2")); !changed() {
		t.Error("the source behind two links has changed, and it does not count")
	}
	if must(write(other, "not compiled")); changed() {
		t.Error("what is in a folder behind a link counts: the go command does not read it")
	}
	if must(write(filepath.Join(elsewhere, "gone"), "package z")); !changed() {
		t.Error("a link leads somewhere now, and it does not count")
	}
}

// Whatever is in a stamp, a program is started only when it is the one that the stamp is about, down to the last byte.
func FuzzStamp(f *testing.F) {
	dir := f.TempDir()
	source := filepath.Join(dir, "plugin.go")
	p := &program{dir: filepath.Join(dir, "entry"), binary: filepath.Join(dir, "entry", "lab-plugin-x")}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		f.Fatal(err)
	}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			f.Fatal(err)
		}
	}
	write(source, "package plugin\n")
	write(p.binary, "the program")
	sum, err := p.fingerprint([]string{source, dir})
	if err != nil {
		f.Fatal(err)
	}
	hash, err := HashFile(p.binary)
	if err != nil {
		f.Fatal(err)
	}
	good := stamp{Files: []string{source, dir}, Sum: sum, Size: int64(len("the program")), SHA256: hash}
	for _, s := range []stamp{good, {}, {Files: []string{"/dev/zero", "/nonexistent", ""}}, {Sum: sum, Size: -1}} {
		text, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("{"))
	f.Add([]byte(`{"Files":["` + dir + `"],"Size":1e999}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		write(p.stampFile(), string(text))
		if !p.upToDate() {
			return
		}
		var s stamp
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatalf("up to date by a stamp that is none: %v", err)
		}
		now, err := p.fingerprint(s.Files)
		sameHash := s.SHA256 == hash || s.Identity != "" && s.Identity == regular.Identity(p.binary)
		if err != nil || now != s.Sum || s.Size != good.Size || !sameHash {
			t.Errorf("up to date by %s, which says something else", text)
		}
	})
}
