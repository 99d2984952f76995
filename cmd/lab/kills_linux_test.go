package main

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var kills = flag.Int("kills", 5, "how many times TestKills kills lab")

// TestKills ends lab at random moments of whatever it does. Afterwards no process of it is left, and once the next lab
// has started no socket, folder or unfinished program either. A thousand: go test ./cmd/lab -run TestKills -kills 1000
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills many processes")
	}
	childrenHeedSignals(t)
	v := newVictim(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	signals := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}
	deeds := []struct {
		name string
		args []string
		most time.Duration // until the signal
	}{
		{"live", []string{"run", "--engine", "live", "long.star"}, time.Second},
		{"sim", []string{"run", "--engine", "sim", "--runs", "1000000", "sweep.star"}, time.Second},
		{"up", []string{"up", "long.star"}, time.Second},
		{"do", []string{"up", "long.star"}, time.Second},
		{"build", []string{"run", "sticky/sticky.star"}, 3 * time.Second},
	}
	for n := range *kills {
		deed, sig := deeds[n%len(deeds)], signals[random.IntN(len(signals))]
		after := time.Duration(random.Int64N(int64(deed.most)))
		if deed.name == "build" {
			v.change(n)
		}
		cmd := v.start(deed.args...)
		if deed.name == "do" {
			v.annoy(random)
		}
		<-time.After(after) // the moment is what is random here
		v.end(cmd, sig)
		v.next(deed.name == "build")
		if left := v.left(); t.Failed() || len(left) > 0 {
			t.Fatalf("kill %d: %s, %v after %v: left: %q", n, deed.name, sig, after, left)
		}
	}
}

// victim is where lab is killed: a folder with scripts, and one that holds TMPDIR, the runtime directory and the cache.
type victim struct {
	*testing.T
	work, own string
	env       []string
	lab       string
}

func newVictim(t *testing.T) *victim {
	own, err := os.MkdirTemp("", "lab") // short enough for sockets
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{T: t, work: t.TempDir(), own: own, lab: thisLab(t)}
	t.Cleanup(func() {
		if err := os.RemoveAll(own); err != nil {
			t.Error(err)
		}
	})
	settings, err := goSettings()
	if err != nil {
		t.Fatal(err)
	}
	v.env = append(settings, marker+"="+filepath.Base(own), "PATH="+os.Getenv("PATH"), "HOME="+v.work,
		"TMPDIR="+filepath.Join(own, "t"), "XDG_RUNTIME_DIR="+filepath.Join(own, "r"), "XDG_CACHE_HOME="+filepath.Join(own, "c"))
	for _, dir := range []string{"t", "r", "c"} {
		if err := os.Mkdir(filepath.Join(own, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"long.star": `
def test_long(lab):
    lab.add("tcp-echo", name = "echo", count = 3)
    lab.add("client").dial("echo1:8080")
    lab.sleep(1*hour)
`,
		"sweep.star": `
def test_sweep(lab):
    lab.add("raft", name = "n", count = 3)
    lab.sleep(10*s)
`,
		"short.star": `
def test_short(lab):
    lab.add("tcp-echo")
    lab.sleep(1*ms)
`,
	} {
		v.write(name, text)
	}
	if out, err := v.command("plugin", "new", "sticky").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return v
}

func (v *victim) write(name, text string) {
	v.Helper()
	if err := os.WriteFile(filepath.Join(v.work, name), []byte(text), 0o644); err != nil {
		v.Fatal(err)
	}
}

func (v *victim) command(args ...string) *exec.Cmd {
	cmd := exec.Command(v.lab, args...)
	cmd.Dir, cmd.Env = v.work, v.env
	return cmd
}

func (v *victim) start(args ...string) *exec.Cmd {
	v.Helper()
	cmd := v.command(args...)
	if err := cmd.Start(); err != nil {
		v.Fatal(err)
	}
	return cmd
}

// change makes the next run build the plugin again.
func (v *victim) change(n int) {
	v.write("sticky/again.go", "package sticky\n\nconst again = "+strings.Repeat("1+", n)+"1\n")
}

// annoy gives commands to the lab that is coming up, each of which is killed at some moment.
func (v *victim) annoy(random *rand.Rand) {
	for range 3 {
		cmd := v.start("do", "dial", "client", "echo1", "timeout=1hour")
		<-time.After(time.Duration(random.Int64N(int64(200 * time.Millisecond)))) // the moment is what is random here
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it may have ended before
	}
}

// end sends the signal and waits until no process is left.
func (v *victim) end(cmd *exec.Cmd, sig syscall.Signal) {
	v.Helper()
	_ = cmd.Process.Signal(sig)
	limit := time.AfterFunc(patience, func() {
		v.Errorf("lab has not ended %v after %v", patience, sig)
		_ = cmd.Process.Kill()
	})
	_ = cmd.Wait()
	limit.Stop()
	mark := filepath.Base(v.own)
	if !await(func() bool { return len(processes(mark)) == 0 }) {
		v.Errorf("processes left: %s", strings.Join(processes(mark), "; "))
	}
}

// next is the next lab, with whose start what the killed one has left goes.
func (v *victim) next(builds bool) {
	v.Helper()
	args := []string{"run", "--engine", "sim", "short.star"}
	if builds {
		args[3] = "sticky/sticky.star"
	}
	if out, err := v.command(args...).CombinedOutput(); err != nil || !bytes.Contains(out, []byte(" passed in ")) {
		v.Errorf("the next lab: %v\n%s", err, out)
	}
}

// left are the files of killed labs: all in TMPDIR and the runtime directory, and in the cache what is unfinished.
func (v *victim) left() (left []string) {
	err := filepath.WalkDir(v.own, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(v.own, path)
		temporary := strings.HasPrefix(name, "t/") || strings.HasPrefix(name, "r/")
		if temporary || strings.Contains(entry.Name(), "building") {
			left = append(left, name)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.Error(err)
	}
	return left
}
