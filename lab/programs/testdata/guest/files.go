package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"example.com/guest/told"
)

// files tells what package os does with files, in lines that are the same on a kernel's file system.
func files() {
	tell("conf", "mkdirall: ", os.MkdirAll("data/a/b", 0o755), os.MkdirAll("data/a/b", 0o755))
	tell("conf", "write: ", os.WriteFile("data/a/b/x", []byte("one"), 0o644))
	f, err := os.OpenFile("data/a/b/x", os.O_APPEND|os.O_WRONLY, 0o644)
	must(err)
	f.WriteString("two")
	tell("conf", "sync: ", f.Sync(), f.Close())
	b, err := os.ReadFile("data/a/b/x")
	tell("conf", "append: ", string(b), " ", err)
	modes("data/a/b/x")
	_, err = os.OpenFile("data/a/b/x", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	tell("conf", "exclusive: ErrExist ", errors.Is(err, fs.ErrExist))
	_, err = os.Open("data/none")
	tell("conf", "none: ErrNotExist ", errors.Is(err, fs.ErrNotExist))
	_, err = os.ReadFile("data/a")
	tell("conf", "a directory is no file: ", err != nil)
	_, err = os.Create("data/none/x")
	tell("conf", "no directory: ErrNotExist ", errors.Is(err, fs.ErrNotExist))
	tell("conf", "rename: ", os.Rename("data/a/b/x", "data/a/y"), " of a directory ", os.Rename("data/a", "data/z"))
	filepath.WalkDir("data", func(path string, e fs.DirEntry, err error) error {
		tell("conf", "walk: ", path, " ", e.IsDir(), " ", err)
		return nil
	})
	info, err := os.Stat("data/z/y")
	must(err)
	must(os.Rename("data/z/y", "data/z/x"))
	moved, err := os.Stat("data/z/x")
	must(err)
	tell("conf", "the same file: ", os.SameFile(info, moved), " ", os.Rename("data/z/x", "data/z/y"))
	tell("conf", "stat: ", info.Size(), " ", info.Mode().IsRegular())
	tell("conf", "truncate: ", os.Truncate("data/z/y", 2))
	b, err = os.ReadFile("data/z/y")
	tell("conf", "truncated: ", string(b), " ", err)
	tell("conf", "a directory that is not empty stays: ", os.Remove("data/z") != nil)
	sparse()
	d, err := os.Open("data")
	must(err)
	tell("conf", "sync of a directory: ", d.Sync())
	tell("conf", "remove all: ", os.RemoveAll("data"))
	_, err = os.Stat("data")
	tell("conf", "gone: ErrNotExist ", errors.Is(err, fs.ErrNotExist))
	names, err := fs.Glob(os.DirFS("."), "*")
	tell("conf", "left: ", names, " ", err)
	told.End()
}

// modes does with a file what it was not opened for.
func modes(path string) {
	f, err := os.Open(path)
	must(err)
	_, err = f.WriteString("no")
	_, errAt := f.WriteAt([]byte("no"), 0)
	size := f.Truncate(0)
	tell("conf", "for reading: EBADF ", errors.Is(err, syscall.EBADF), errors.Is(errAt, syscall.EBADF), " EINVAL ", errors.Is(size, syscall.EINVAL), " ", f.Close())
	f, err = os.OpenFile(path, os.O_WRONLY, 0)
	must(err)
	_, err = f.Read(make([]byte, 1))
	_, errAt = f.ReadAt(make([]byte, 1), 0)
	tell("conf", "for writing: EBADF ", errors.Is(err, syscall.EBADF), errors.Is(errAt, syscall.EBADF), " ", f.Close())
	b, err := os.ReadFile(path)
	tell("conf", "unchanged: ", string(b), " ", err)
}

func sparse() {
	f, err := os.CreateTemp("data", "temporary-*")
	must(err)
	_, err = f.WriteAt([]byte("end"), 10)
	must(err)
	at, err := f.Seek(8, io.SeekStart)
	b := make([]byte, 10)
	n, readErr := f.Read(b)
	tell("conf", "sparse: ", at, " ", err, " ", fmt.Sprintf("%q", b[:n]), " ", readErr)
	_, err = f.Read(b)
	tell("conf", "the end: EOF ", err == io.EOF)
	at, err = f.Seek(-3, io.SeekEnd)
	tell("conf", "from the end: ", at, " ", err, " ", f.Close())
}

// keep writes a file twice and syncs once, and tells what it has found.
func keep() {
	synced, _ := os.ReadFile("/synced")
	lost, _ := os.ReadFile("/unsynced")
	given, _ := os.ReadFile("/etc/given")
	tell("found", string(synced), "|", string(lost), "|", string(given))
	f, err := os.OpenFile("/synced", os.O_CREATE|os.O_WRONLY|os.O_SYNC, 0o644)
	must(err)
	f.WriteString("kept")
	syncDirectory("/")
	must(os.WriteFile("/unsynced", []byte("lost"), 0o644))
	tell("written")
	stay()
}

// keptNames changes names, of which only the first were synced, and tells what it has found.
func keptNames() {
	var found []string
	filepath.WalkDir("/", func(path string, e fs.DirEntry, err error) error {
		if text, err := os.ReadFile(path); err == nil {
			path += "=" + string(text)
		}
		found = append(found, path)
		return nil
	})
	tell("found", found)
	if len(found) == 1 {
		must(os.Mkdir("/d", 0o755))
		put("/d/a")
		put("/d/b")
		syncDirectory("/d")
		put("/d/c")
		must(os.Rename("/d/a", "/d/new"))
		must(os.Remove("/d/b"))
		must(os.Rename("/d", "/e"))
	}
	tell("written")
	stay()
}

func syncDirectory(path string) {
	d, err := os.Open(path)
	must(err)
	must(d.Sync())
}

// put makes a file whose content is durable.
func put(path string) {
	f, err := os.Create(path)
	must(err)
	f.WriteString(filepath.Base(path))
	must(f.Sync())
	must(f.Close())
}

// many makes files until there is no room for more, and goes on when there is.
func many() {
	for n := 0; ; n++ {
		err := os.WriteFile(fmt.Sprint("/", n), make([]byte, 1000), 0o644)
		if err != nil {
			again := errors.Join(os.Remove("/0"), os.WriteFile("/new", make([]byte, 100), 0o644))
			tell("many", n, " ", errors.Is(err, syscall.ENOSPC), " ", again)
			stay()
		}
	}
}
