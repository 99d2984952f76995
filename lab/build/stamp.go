package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/lab/regular"
)

// stamp says from what a program was built, so that the go command, which takes a tenth of a second to find out that
// nothing has changed, need not run; and what was built, so that nothing else is started.
type stamp struct {
	Files    []string // directories, without what is below them, and single files
	Sum      string   // of names, sizes, times of change, and the settings
	Size     int64    // of the program
	SHA256   string   // of the program, hexadecimal
	Identity string   // of the file that had this hash: it is hashed again only when that has changed
}

const stampName = "stamp.json"

// settings are variables that change what the go command builds.
var settings = []string{"GOFLAGS", "GOOS", "GOARCH", "GOEXPERIMENT", "CGO_ENABLED", "GOAMD64", "GOTOOLCHAIN"}

func (p *program) stampFile() string { return filepath.Join(p.dir, stampName) }

// upToDate tells whether the program is there, whole, and nothing it was built from has changed since.
func (p *program) upToDate() bool {
	text, err := readFile(p.stampFile())
	if err != nil {
		return false
	}
	var s stamp
	if json.Unmarshal(text, &s) != nil {
		return false
	}
	now, err := p.fingerprint(s.Files)
	return err == nil && now == s.Sum && p.whole(&s)
}

// whole tells whether the program is the one that was built, byte for byte.
func (p *program) whole(s *stamp) bool {
	info, err := os.Lstat(p.binary)
	if err != nil || !info.Mode().IsRegular() || info.Size() != s.Size {
		return false
	}
	if s.Identity != "" && s.Identity == regular.Identity(p.binary) {
		return true
	}
	sum, err := HashFile(p.binary)
	if err != nil || sum != s.SHA256 {
		return false
	}
	s.Identity = regular.Identity(p.binary) // moved, or touched
	return p.writeStamp(s) == nil
}

// HashFile is the SHA-256 of a file.
func HashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// fingerprint sums up the state of the files.
func (p *program) fingerprint(files []string) (string, error) {
	var state strings.Builder
	fmt.Fprintln(&state, runtime.Version(), p.salt)
	for _, name := range settings {
		fmt.Fprintln(&state, name, os.Getenv(name))
	}
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		fmt.Fprintln(&state, name, p.files[name])
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return "", err
		}
		if !info.IsDir() {
			fmt.Fprintln(&state, file, info.Size(), info.ModTime().UnixNano())
			continue
		}
		entries, err := os.ReadDir(file) // sorted
		if err != nil {
			return "", err
		}
		for _, entry := range entries {
			if entry.IsDir() {
				continue
			}
			info, err := entry.Info()
			if err != nil {
				return "", err
			}
			fmt.Fprintln(&state, file, entry.Name(), info.Size(), info.ModTime().UnixNano())
			if entry.Type()&fs.ModeSymlink == 0 {
				continue
			}
			// The go command reads what a link leads to. One that leads nowhere, or in a circle, is a link and no more.
			if info, err := os.Stat(filepath.Join(file, entry.Name())); err == nil && !info.IsDir() {
				fmt.Fprintln(&state, info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return sum(state.String()), nil
}

// takeStamp asks the go command what the program is made of, and notes the state of all that can change: what is in
// the module cache cannot.
func (p *program) takeStamp(ctx context.Context) (*stamp, error) {
	out, trouble, err := p.run(ctx, "list", "-deps", "-json=Dir,Standard,EmbedFiles,Module", p.target)
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, trouble)
	}
	files, err := sourceFiles(out)
	if err != nil {
		return nil, err
	}
	generated, err := filepath.EvalSymlinks(p.dir) // as the go command names it
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(file string) bool { // what is generated is part of the sum by itself
		return file == generated || filepath.Dir(file) == generated
	})
	sum, err := p.fingerprint(files)
	return &stamp{Files: files, Sum: sum}, err
}

// finish puts the program that was built at its place, and then says so in the stamp: whoever finds a stamp finds what it
// is about. Both are on the disk before they get their names, so a loss of power leaves nothing half written.
func (p *program) finish(made string, s *stamp) error {
	if err := syncFile(made); err != nil {
		return err
	}
	var err error
	if s.SHA256, err = HashFile(made); err != nil {
		return err
	}
	if err := os.Rename(made, p.binary); err != nil {
		return err
	}
	info, err := os.Lstat(p.binary)
	if err != nil {
		return err
	}
	s.Size, s.Identity = info.Size(), regular.Identity(p.binary)
	return p.writeStamp(s)
}

// writeStamp replaces the stamp in one step.
func (p *program) writeStamp(s *stamp) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(p.dir, unfinished)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), p.stampFile())
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// syncFile brings a file to the disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// sourceFiles reads the output of go list -deps.
func sourceFiles(list []byte) ([]string, error) {
	type goModule struct {
		Version, GoMod string
		Replace        *struct{ Version string }
	}
	var files []string
	for decoder := json.NewDecoder(bytes.NewReader(list)); ; {
		var pkg struct {
			Dir        string
			Standard   bool
			EmbedFiles []string
			Module     *goModule
		}
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			slices.Sort(files)
			return slices.Compact(files), nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		m := pkg.Module
		if pkg.Standard || m == nil || m.Replace == nil && m.Version != "" || m.Replace != nil && m.Replace.Version != "" {
			continue
		}
		files = append(files, pkg.Dir, m.GoMod)
		if sums := filepath.Join(filepath.Dir(m.GoMod), "go.sum"); exists(sums) {
			files = append(files, sums)
		}
		for _, file := range pkg.EmbedFiles {
			if filepath.Dir(file) != "." { // those are in the package's directory
				files = append(files, filepath.Join(pkg.Dir, file), filepath.Dir(filepath.Join(pkg.Dir, file)))
			}
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
