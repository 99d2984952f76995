package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// The last run of each working directory is kept in the user's state directory, so that lab report has something to show
// without a file, and not what another terminal has run.

// What is kept: so many runs, the latest, and bytes of each.
const (
	mostRuns = 10
	mostKept = 64 << 20
)

// lastRuns is the directory of the last runs.
func lastRuns() (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", &trouble.Error{Class: trouble.Usage, Text: "no place for the last run: " + err.Error(), Hint: "set XDG_STATE_HOME or HOME, or name a FILE.jsonl", Err: err}
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "lab", "last"), nil
}

// lastOf is the name of the file of a working directory's last run.
func lastOf(folder string) string { return fmt.Sprintf("%016x.jsonl", xxhash.Sum64String(folder)) }

// keptRuns are the files of the last runs, the latest first.
func keptRuns(dir string) (list []fs.FileInfo) {
	entries, _ := os.ReadDir(dir) // what cannot be read is none
	for _, e := range entries {
		if info, err := e.Info(); err == nil && filepath.Ext(e.Name()) == ".jsonl" {
			list = append(list, info)
		}
	}
	slices.SortStableFunc(list, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	return list
}

// lastRun is the file of the last run of this directory or of the nearest one above; else the latest of all, which is not
// ours.
func lastRun() (path string, ours bool, err error) {
	dir, err := lastRuns()
	if err != nil {
		return "", false, err
	}
	folder, err := os.Getwd()
	for ; err == nil; folder = filepath.Dir(folder) {
		if path := filepath.Join(dir, lastOf(folder)); regularFile(path) {
			return path, true, nil
		}
		if folder == filepath.Dir(folder) {
			break
		}
	}
	if all := keptRuns(dir); len(all) > 0 {
		return filepath.Join(dir, all[0].Name()), false, nil
	}
	text := "report: there is no last run"
	if err := writable(dir); err != nil {
		text += ", lab run cannot keep it: " + err.Error()
	}
	return "", false, usageError(text, "lab run FILE keeps what it found in "+dir+", or name a FILE.jsonl")
}

func regularFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// writable says why nothing can be kept in the directory.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".last-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// keepRun keeps a run in place of the one before: whole lines of JSON, as many as fit. The error says why it is not kept,
// which is no trouble of the run.
func keepRun(r *result.Report) error {
	dir, err := lastRuns()
	if err != nil {
		return err
	}
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := writeLast(filepath.Join(dir, lastOf(folder)), r); err != nil {
		return err
	}
	all := keptRuns(dir)
	for _, old := range all[min(mostRuns, len(all)):] {
		_ = os.Remove(filepath.Join(dir, old.Name())) // another lab may have done so
	}
	return nil
}

func writeLast(path string, r *result.Report) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".last-*") // of mode 0600
	if err != nil {
		return err
	}
	if err = errors.Join(writeRun(file, r), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // what is left of it helps nobody
	}
	return err
}

func writeRun(file *os.File, r *result.Report) error {
	lines := result.JSON{To: &wholeLines{to: file, left: mostKept}}
	for i := range r.Sweeps {
		if err := lines.Sweep(&r.Sweeps[i]); err != nil {
			return err
		}
	}
	return result.JSON{To: file}.Report(r) // the totals, even where the stories were too long
}

// wholeLines takes so many bytes, and nothing of the line that would pass the bound or of those behind it.
type wholeLines struct {
	to   io.Writer
	left int
	line []byte // the beginning of one that has not ended
}

func (w *wholeLines) Write(text []byte) (int, error) {
	end := bytes.LastIndexByte(text, '\n') + 1
	whole := len(w.line) + end
	if len(w.line)+len(text) > w.left {
		w.left, w.line = 0, nil
		return len(text), nil
	}
	if end > 0 {
		if _, err := w.to.Write(append(w.line, text[:end]...)); err != nil {
			return 0, err
		}
		w.left -= whole
		w.line = w.line[:0]
	}
	w.line = append(w.line, text[end:]...)
	return len(text), nil
}
