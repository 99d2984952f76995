package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.com/guest/told"
)

// epoch is an instant long ago.
var epoch = time.Unix(1, 0)

// paths tells what becomes of paths and flags that are seldom used.
func paths() {
	must(os.MkdirAll("p/d/e", 0o755))
	must(os.WriteFile("p/f", []byte("text"), 0o644))
	long := strings.Repeat("n", 256)
	for _, path := range []string{
		"", "p/none", "p/none/x", "p/f", "p/f/", "p/f/x", "p/f/../f", "p/d", "p/d/", "p/d/.", "p//d", "p/" + long, "p/none/" + long, "p/f\x00", "p/\xff",
	} {
		_, stat := os.Stat(path)
		_, lstat := os.Lstat(path)
		f, open := os.Open(path)
		_, list := os.ReadDir(path)
		_, link := os.Readlink(path)
		tell("conf", fmt.Sprintf("path %.10q", path), " stat ", kind(stat), " lstat ", kind(lstat), " open ", kind(open), " list ", kind(list), " readlink ", kind(link),
			" chmod ", kind(os.Chmod(path, 0o700)), " times ", kind(os.Chtimes(path, epoch, epoch)), " truncate ", kind(os.Truncate(path, 4)), " chdir ", kind(inside(path)))
		f.Close()
	}
	opens()
	changes(long)
	handles()
	roots()
	told.End()
}

// inside changes the directory and comes back.
func inside(path string) error {
	was, err := os.Getwd()
	must(err)
	defer os.Chdir(was)
	return os.Chdir(path)
}

// opens opens a file, a directory and nothing with each set of flags.
func opens() {
	for _, path := range []string{"p/f", "p/d", "p/new", "p/f/new", "p/none/new", "p/new/"} {
		for _, flags := range []int{
			os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_CREATE, os.O_CREATE | os.O_EXCL, os.O_CREATE | os.O_EXCL | os.O_RDWR, os.O_RDWR | os.O_TRUNC,
			os.O_CREATE | os.O_RDWR, os.O_APPEND | os.O_RDWR, syscall.O_DIRECTORY,
		} {
			f, err := os.OpenFile(path, flags, 0o644)
			told := kind(err)
			if err == nil {
				n, err := f.Write([]byte("more"))
				told = fmt.Sprint(told, " write ", n, " ", kind(err))
				info, err := f.Stat()
				told = fmt.Sprint(told, " ", info.IsDir() || info.Size() == 4, " ", kind(err))
				if !info.IsDir() {
					at, err := f.Seek(0, io.SeekCurrent)
					told = fmt.Sprint(told, " at ", at, " ", kind(err))
				}
				told = fmt.Sprint(told, " ", kind(f.Close()))
			}
			tell("conf", "open ", path, " ", flagNames(flags), ": ", told)
			os.Remove("p/new")
		}
		os.WriteFile("p/f", []byte("text"), 0o644)
	}
}

func flagNames(flags int) (names string) {
	for _, f := range []struct {
		flag int
		name string
	}{{os.O_WRONLY, "w"}, {os.O_RDWR, "rw"}, {os.O_CREATE, "create"}, {os.O_EXCL, "exclusive"}, {os.O_TRUNC, "truncate"}, {os.O_APPEND, "append"}, {syscall.O_DIRECTORY, "directory"}} {
		if flags&f.flag != 0 {
			names += " " + f.name
		}
	}
	return strings.TrimSpace(names)
}

// changes makes, renames and removes what is there, what is not, and what is something else.
func changes(long string) {
	for _, path := range []string{"p/f", "p/f/x", "p/f/", "p/d", "p/none/x", "p/new/", "p/" + long, "p/" + long[:255], "", ".", "/"} {
		tell("conf", fmt.Sprintf("mkdir %.10q ", path), kind(os.Mkdir(path, 0o755)), " all ", kind(os.MkdirAll(path, 0o755)))
	}
	os.Remove("p/" + long[:255])
	os.Remove("p/new")
	for _, path := range []string{"p/none", "p/none/x", "p/f/", "p/d", "p/" + long, "", "."} {
		tell("conf", fmt.Sprintf("remove %.10q ", path), kind(os.Remove(path)), " all ", kind(os.RemoveAll(path)))
		os.MkdirAll("p/d/e", 0o755)
		os.WriteFile("p/f", []byte("text"), 0o644)
	}
	for _, r := range [][2]string{
		{"p/f", "p/f"}, {"p/none", "p/x"}, {"p/f", "p/none/x"}, {"p/f", "p/f/x"}, {"p/f", "p/d"}, {"p/f", "p/d/e"}, {"p/d", "p/f"}, {"p/d", "p/d/e/x"}, {"p/d", "p/d"},
		{"p/f", "p/" + long}, {"p/f/", "p/g"}, {"p/d/", "p/g/"}, {"p/f", "p/g/"}, {"p/f", ""}, {"", "p/g"}, {"p/none", "p/none"},
	} {
		tell("conf", fmt.Sprintf("rename %.10q to %.10q ", r[0], r[1]), kind(os.Rename(r[0], r[1])))
		os.RemoveAll("p/g")
		os.MkdirAll("p/d/e", 0o755)
		os.WriteFile("p/f", []byte("text"), 0o644)
	}
	tell("conf", "work ", kind(os.Chdir("p/d")), " ", kind(os.WriteFile("../here", nil, 0o644)), " ", kind(os.Chdir("../..")), " ", names("p"))
}

func names(dir string) (names []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// handles holds files and directories open while names change.
func handles() {
	d, err := os.Open("p/d")
	must(err)
	one, err := d.Readdirnames(1)
	_, end := d.Readdirnames(1)
	at, seek := d.Seek(0, io.SeekStart)
	again, errAgain := d.Readdirnames(-1)
	tell("conf", "directory ", one, kind(err), " ", kind(end), " rewind ", at, kind(seek), " ", again, kind(errAgain))
	_, errAt := d.ReadAt(make([]byte, 1), 0)
	_, errWrite := d.Write([]byte("x"))
	tell("conf", "directory read at ", kind(errAt), " write ", kind(errWrite), " truncate ", kind(d.Truncate(0)))
	must(os.Rename("p/d", "p/moved"))
	must(os.Mkdir("p/d", 0o755))
	must(os.WriteFile("p/moved/new", nil, 0o644))
	d.Seek(0, io.SeekStart)
	again, err = d.Readdirnames(-1)
	info, errInfo := d.Stat()
	moved, _ := os.Stat("p/moved")
	tell("conf", "a directory that was moved lists ", len(again), " ", kind(err), " same ", os.SameFile(info, moved), " ", kind(errInfo), " ", kind(d.Close()), " ", kind(d.Close()))
	f, err := os.OpenFile("p/f", os.O_RDWR, 0)
	must(err)
	must(os.Rename("p/f", "p/g"))
	_, err = f.WriteString("TEXT")
	b, errRead := os.ReadFile("p/g")
	tell("conf", "renamed while open ", kind(err), " ", string(b), " ", kind(errRead))
	must(os.WriteFile("p/h", []byte("other"), 0o644))
	must(os.Rename("p/h", "p/g"))
	f.Seek(0, io.SeekStart)
	b, err = io.ReadAll(f)
	tell("conf", "replaced while open ", string(b), " ", kind(err))
	g, err := os.OpenFile("p/g", os.O_RDWR, 0)
	must(err)
	must(os.Remove("p/g"))
	n, err := g.WriteAt([]byte("more"), 5)
	b, errRead = io.ReadAll(g)
	info, errInfo = g.Stat()
	tell("conf", "removed while open ", n, kind(err), " ", string(b), " ", kind(errRead), " ", info.Size(), kind(errInfo), " sync ", kind(g.Sync()), " ", kind(g.Chmod(0o600)), " ", kind(g.Close()))
	_, err = g.Write([]byte("x"))
	tell("conf", "after close ", kind(err), " ", kind(g.Close()), " ", kind(g.Sync()))
	offsets()
}

// offsets reads, writes and seeks where nothing is.
func offsets() {
	f, err := os.Create("p/o")
	must(err)
	_, err = f.Seek(-1, io.SeekStart)
	_, errWhence := f.Seek(0, 9)
	at, errFar := f.Seek(1<<40, io.SeekStart)
	_, errEnd := f.Read(make([]byte, 1))
	tell("conf", "seek ", kind(err), " ", kind(errWhence), " ", at, kind(errFar), " read ", kind(errEnd))
	_, err = f.ReadAt(make([]byte, 1), -1)
	_, errWrite := f.WriteAt([]byte("x"), -1)
	tell("conf", "below 0 ", err != nil, " ", errWrite != nil, " truncate ", kind(f.Truncate(-1)))
	n, err := f.WriteAt([]byte("abc"), 3)
	n0, err0 := f.WriteAt(nil, 100)
	info, _ := f.Stat()
	b := make([]byte, 10)
	r, errRead := f.ReadAt(b, 1)
	tell("conf", "hole ", n, kind(err), " nothing ", n0, kind(err0), " ", info.Size(), fmt.Sprintf(" %q ", b[:r]), kind(errRead))
	tell("conf", "grow ", kind(f.Truncate(8)), " shrink ", kind(f.Truncate(4)), " grow ", kind(f.Truncate(6)))
	b, err = os.ReadFile("p/o")
	tell("conf", fmt.Sprintf("%q ", b), kind(err))
	f.Seek(0, io.SeekStart)
	n, err = f.Read(nil)
	tell("conf", "read nothing ", n, kind(err), " ", kind(f.Close()))
	a, err := os.OpenFile("p/o", os.O_APPEND|os.O_RDWR, 0)
	must(err)
	c, err := os.OpenFile("p/o", os.O_APPEND|os.O_RDWR, 0)
	must(err)
	a.WriteString("1")
	c.WriteString("2")
	a.Seek(0, io.SeekStart)
	a.WriteString("3")
	_, err = a.WriteAt([]byte("x"), 0)
	b, errRead = os.ReadFile("p/o")
	tell("conf", fmt.Sprintf("appended by two %q ", b), kind(errRead), " at ", err != nil, " ", kind(a.Truncate(1)), kind(c.Close()))
	w, err := a.WriteString("end")
	b, errRead = os.ReadFile("p/o")
	tell("conf", fmt.Sprintf("after a truncation %d %s %q ", w, kind(err), b), kind(errRead), kind(a.Close()))
}

// roots is about os.Root, and links, which a program may ask for in vain.
func roots() {
	r, err := os.OpenRoot("p")
	must(err)
	f, err := r.Create("in")
	_, escape := r.Open("../x")
	tell("conf", "root ", kind(err), " mkdir ", kind(r.Mkdir("sub", 0o755)), " ", kind(r.Mkdir("sub", 0o755)), " escape ", escape != nil)
	io.WriteString(f, "within")
	f.Close()
	must(os.Rename("p", "q"))
	g, err := r.Open("in")
	b, errRead := io.ReadAll(g)
	_, errStat := r.Stat("sub")
	tell("conf", "root that was moved ", kind(err), " ", string(b), " ", kind(errRead), " ", kind(errStat), " ", kind(r.Remove("in")), " ", kind(r.Close()))
	g.Close()
	tell("conf", "glob ", first(filepath.Glob("q/m*")), " left ", names("q"))
	tell("conf", "copy ", kind(os.CopyFS("copy", os.DirFS("q"))), " ", names("copy"), " remove all ", kind(os.RemoveAll("q")), kind(os.RemoveAll("copy")), names("."))
}

func first[T any](v T, err error) T {
	must(err)
	return v
}
