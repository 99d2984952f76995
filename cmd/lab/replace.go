package main

import (
	"errors"
	"os"
	"path/filepath"
)

// replaceFile gives a file another text, as a whole or not at all, and keeps its mode. A link stays a link: what it
// leads to is replaced. What is new or a device, and what lies in a directory that takes no new file, is written in place.
func replaceFile(path string, text []byte) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return os.WriteFile(path, text, 0o644)
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	made, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+"-*")
	if err != nil {
		return os.WriteFile(target, text, 0o644)
	}
	_, err = made.Write(text)
	if err = errors.Join(err, made.Chmod(info.Mode().Perm()), made.Close()); err == nil {
		err = os.Rename(made.Name(), target)
	}
	if err == nil {
		return nil
	}
	var told *os.PathError
	if errors.As(err, &told) {
		told.Path = path // nobody knows the file beside it
	}
	return errors.Join(err, os.Remove(made.Name()))
}
