package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// The last run is kept in the user's state directory, so that lab report has something to show without a file.

// mostKept bounds the file of the last run in bytes.
const mostKept = 64 << 20

// lastRun is the file of the last run.
func lastRun() (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", &trouble.Error{Class: trouble.Usage, Text: "no place for the last run: " + err.Error(), Hint: "set XDG_STATE_HOME or HOME, or name a FILE.jsonl", Err: err}
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "lab", "last.jsonl"), nil
}

// keepRun keeps a run in place of the one before: whole lines of JSON, as many as fit. The error says why it is not kept,
// which is no trouble of the run.
func keepRun(r *result.Report) error {
	path, err := lastRun()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
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
