package host

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

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
	hash, err := hashFile(p.binary)
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
		sameHash := s.SHA256 == hash || s.Identity != "" && s.Identity == identity(p.binary)
		if err != nil || now != s.Sum || s.Size != good.Size || !sameHash {
			t.Errorf("up to date by %s, which says something else", text)
		}
	})
}
