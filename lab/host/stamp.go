package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// stamp says from what a program was built, so that the go command, which takes a tenth of a second to find out that
// nothing has changed, need not run.
type stamp struct {
	Files []string // directories, without what is below them, and single files
	Sum   string   // of names, sizes, times of change, and the settings
}

// settings are variables that change what the go command builds.
var settings = []string{"GOFLAGS", "GOOS", "GOARCH", "GOEXPERIMENT", "CGO_ENABLED", "GOAMD64", "GOTOOLCHAIN"}

func (p *program) stampFile() string { return filepath.Join(p.dir, "stamp.json") }

// upToDate tells whether the program is there and nothing it was built from has changed since.
func (p *program) upToDate() bool {
	text, err := os.ReadFile(p.stampFile())
	if err != nil {
		return false
	}
	var s stamp
	if json.Unmarshal(text, &s) != nil {
		return false
	}
	if _, err := os.Stat(p.binary); err != nil {
		return false
	}
	now, err := p.fingerprint(s.Files)
	return err == nil && now == s.Sum
}

// fingerprint sums up the state of the files.
func (p *program) fingerprint(files []string) (string, error) {
	var state strings.Builder
	fmt.Fprintln(&state, runtime.Version())
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
		}
	}
	return sum(state.String()), nil
}

// takeStamp asks the go command what the program is made of, and notes the state of all that can change: what is in
// the module cache cannot.
func (p *program) takeStamp(ctx context.Context) (*stamp, error) {
	out, err := p.command(ctx, "list", "-deps", "-json=Dir,Standard,EmbedFiles,Module", p.target).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
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

func (p *program) writeStamp(s *stamp) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return os.WriteFile(p.stampFile(), text, 0o644)
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
			files = append(files, filepath.Join(pkg.Dir, file))
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
