package host_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/host"
)

// fakeGo stands for the go command, so that these tests take no time and can stop it where they like. What it builds is
// this test binary. It notes each build, and where it works; while the file "hold" is there it has a compiler at work
// that does not end.
const fakeGo = `#!/bin/sh
[ "$1" = build ] || exit 0
echo "$TMPDIR $GOTMPDIR" >> "$FAKE/builds"
while [ "$1" != -o ]; do shift; done
mkdir "$GOTMPDIR/go-build1"
if [ -e "$FAKE/hold" ]; then
	sleep 1000 &
	echo $$ $! > "$FAKE/pids.new" && mv "$FAKE/pids.new" "$FAKE/pids"
	wait
fi
rm -r "$GOTMPDIR/go-build1"
rm "$2"
cp "$FAKE/program" "$2"
`

// workshop is a fake go command, a package and a cache.
type workshop struct {
	t                 *testing.T
	dir, pkg, cache   string // absolute
	binary, stampFile string // once it is built
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	dir := t.TempDir()
	w := &workshop{t: t, dir: dir, pkg: filepath.Join(dir, "made"), cache: filepath.Join(dir, "cache")}
	t.Setenv("FAKE", dir)
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.Mkdir(filepath.Join(dir, "bin"), 0o755), os.Symlink(self, filepath.Join(dir, "program")),
		os.WriteFile(filepath.Join(dir, "bin", "go"), []byte(fakeGo), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	w.newPackage("made")
	return w
}

func (w *workshop) newPackage(name string) string {
	w.t.Helper()
	pkg := filepath.Join(w.dir, name)
	err := errors.Join(os.Mkdir(pkg, 0o755), os.WriteFile(filepath.Join(pkg, "go.mod"), []byte("module "+name+"\n"), 0o644),
		os.WriteFile(filepath.Join(pkg, "made.go"), []byte("package made\n\nfunc Plugin() {}\n"), 0o644))
	if err != nil {
		w.t.Fatal(err)
	}
	return pkg
}

// build has a new host build the package, and notes where the program is.
func (w *workshop) build() *host.Host {
	w.t.Helper()
	h := newHost(w.t, host.Options{Cache: w.cache})
	p := find(w.t, h, w.pkg)
	w.binary, w.stampFile = p.Path, filepath.Join(filepath.Dir(p.Path), "stamp.json")
	return h
}

// buildAndClose is build by a host that is no longer there: its processes would keep the program from being spoilt.
func (w *workshop) buildAndClose() {
	w.t.Helper()
	if err := w.build().Close(); err != nil {
		w.t.Fatal(err)
	}
}

// builds is how often the go command has built.
func (w *workshop) builds() int {
	text, _ := os.ReadFile(filepath.Join(w.dir, "builds"))
	return strings.Count(string(text), "\n")
}

// hold makes the next build last until the test, or somebody, ends it.
func (w *workshop) hold() {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, "hold"), nil, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// held waits for a build that lasts, and returns the ids of the go command and of the compiler.
func (w *workshop) held() (pids []int) {
	w.t.Helper()
	var text []byte
	eventually(w.t, "a build under way", func() bool {
		text, _ = os.ReadFile(filepath.Join(w.dir, "pids"))
		return len(text) > 0
	})
	for _, field := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			w.t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// left is what a build that did not end has left in the cache.
func (w *workshop) left() []string {
	found, _ := filepath.Glob(filepath.Join(w.cache, "build", "*", "building-*"))
	return found
}

func TestABuiltProgramIsUsedAsLongAsItIsTheOneThatWasBuilt(t *testing.T) {
	w := newWorkshop(t)
	w.buildAndClose()
	w.buildAndClose()
	if got := w.builds(); got != 1 {
		t.Fatalf("%d builds for two hosts, want 1", got)
	}
	whole, err := os.ReadFile(w.binary)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(w.binary)
	if err != nil {
		t.Fatal(err)
	}
	altered := append([]byte{}, whole...)
	altered[len(altered)/2] ^= 1
	for _, test := range []struct {
		name    string
		spoil   func() error
		rebuilt int
	}{
		{"truncated", func() error { return os.Truncate(w.binary, info.Size()/2) }, 1},
		{"empty", func() error { return os.Truncate(w.binary, 0) }, 1},
		{"altered, with its old size and time", func() error {
			return errors.Join(os.WriteFile(w.binary, altered, 0o755), os.Chtimes(w.binary, info.ModTime(), info.ModTime()))
		}, 1},
		{"replaced by a link", func() error {
			return errors.Join(os.Rename(w.binary, w.binary+".moved"), os.Symlink(w.binary+".moved", w.binary))
		}, 1},
		{"gone", func() error { return os.Remove(w.binary) }, 1},
		{"a copy of itself", func() error {
			return errors.Join(os.Remove(w.binary), os.WriteFile(w.binary, whole, 0o755))
		}, 0},
		{"a stamp that is no stamp", func() error { return os.WriteFile(w.stampFile, []byte(`{"Files":[`), 0o644) }, 1},
		{"a stamp of nothing", func() error { return os.WriteFile(w.stampFile, []byte(`{}`), 0o644) }, 1},
		{"no stamp", func() error { return os.Remove(w.stampFile) }, 1},
		{"nothing wrong", func() error { return nil }, 0},
	} {
		before := w.builds()
		if err := test.spoil(); err != nil {
			t.Fatal(err)
		}
		if w.buildAndClose(); w.builds() != before+test.rebuilt {
			t.Errorf("%s: %d builds, want %d", test.name, w.builds()-before, test.rebuilt)
		}
	}
}

func TestSeveralHostsThatNeedOneProgramBuildItOnce(t *testing.T) {
	w := newWorkshop(t)
	var all sync.WaitGroup
	for range 4 {
		h := newHost(t, host.Options{Cache: w.cache})
		all.Go(func() {
			if _, err := h.Find(w.pkg); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := w.builds(); got != 1 {
		t.Errorf("%d builds, want 1", got)
	}
}

// doomedBuild builds, and is killed meanwhile.
func doomedBuild() {
	h, err := host.New(host.Options{Cache: os.Getenv("TEST_DOOMED_CACHE"), Dir: os.Getenv("TEST_DOOMED_DIR")})
	if err == nil {
		_, err = h.Find(os.Getenv("TEST_DOOMED_BUILD"))
	}
	fmt.Println(err)
	os.Exit(1)
}

func TestABuildDiesWithTheHostAndTheNextOneTidiesUp(t *testing.T) {
	w := newWorkshop(t)
	w.hold()
	dir, err := os.MkdirTemp("/tmp", "lab") // short enough for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "TEST_DOOMED_BUILD="+w.pkg, "TEST_DOOMED_CACHE="+w.cache, "TEST_DOOMED_DIR="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pids := w.held()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range pids {
		awaitDeath(t, pid)
	}
	runs := filepath.Join(dir, "lab-run-*")
	if found, _ := filepath.Glob(runs); len(found) != 1 || len(w.left()) != 1 {
		t.Fatalf("the killed host has left %v and %v, want one of each: nothing is tested", found, w.left())
	}
	h := newHost(t, host.Options{Cache: w.cache, Dir: dir})
	if found, _ := filepath.Glob(runs); len(found) != 1 || found[0] != h.Dir() {
		t.Errorf("run directories %v, want that of the new host only", found)
	}
	if folders, _ := os.ReadDir(filepath.Join(w.cache, "build")); len(folders) != 0 {
		t.Errorf("in the cache: %v, want nothing: no build has come to its end", folders)
	}
}

func TestAnInterruptedBuildLeavesNothing(t *testing.T) {
	w := newWorkshop(t)
	t.Setenv("TMPDIR", t.TempDir())
	w.hold()
	said := make(chan string, 10)
	h, err := host.New(host.Options{Cache: w.cache, Building: func(text string) { said <- text }})
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(w.dir)
	failed := make(chan error)
	go func() {
		_, err := h.Find(w.pkg)
		failed <- err
	}()
	pids := w.held()
	if got, want := <-said, "building plugin ./made ..."; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; !errors.Is(err, host.ErrClosed) {
		t.Errorf("got %v, want %v", err, host.ErrClosed)
	}
	if got := <-said; got != "" {
		t.Errorf("told %q, want the end", got)
	}
	for _, pid := range pids {
		awaitDeath(t, pid)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 || len(w.left()) != 0 {
		t.Errorf("left %v and %v, %v", left, w.left(), err)
	}
}

func TestTheTidyingSparesABuildThatIsUnderWay(t *testing.T) {
	w := newWorkshop(t)
	w.hold()
	h := newHost(t, host.Options{Cache: w.cache})
	failed := make(chan error)
	go func() {
		_, err := h.Find(w.pkg)
		failed <- err
	}()
	w.held()
	newHost(t, host.Options{Cache: w.cache})
	if cleaned, err := build.Clean(w.cache); err != nil || cleaned.Removed != 0 || cleaned.InUse != 1 || len(w.left()) != 1 {
		t.Errorf("removed %+v, %v; left %v; want the build spared", cleaned, err, w.left())
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	<-failed
}
