package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// controls is an empty folder for the sockets of kept labs.
func controls(t *testing.T) *controlFolder {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	folder, err := makeControls()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(folder.close)
	return folder
}

// deaf is a unix socket whose backlog is full.
func deaf(t *testing.T, path string) (fd int) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 1)); err != nil {
		t.Fatal(err)
	}
	for {
		conn, err := net.Dial("unix", path)
		if errors.Is(err, syscall.EAGAIN) {
			return fd
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
}

func TestASocketIsRemovedOnlyWhenNobodyListens(t *testing.T) {
	folder := controls(t)
	busy, dead := folder.socket(1), folder.socket(2)
	fd := deaf(t, busy)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: dead})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	_ = listener.Close()
	for _, path := range []string{busy, dead, folder.socket(3)} { // the third has lost its socket
		if err := (identity{Experiment: "test_x"}).write(path); err != nil {
			t.Fatal(err)
		}
	}
	folder.removeDead()
	left, err := filepath.Glob(filepath.Join(folder.path, "*"))
	if want := identityOf(busy) + " " + busy; err != nil || strings.Join(left, " ") != want {
		t.Errorf("left %q, want %q", left, want)
	}

	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for {
			client, _, err := syscall.Accept(fd)
			if err != nil {
				return
			}
			_ = syscall.Close(client)
		}
	}()
	conn, err := dialKept(busy) // what is busy for a moment is waited for
	if err != nil {
		t.Fatalf("dialling a busy lab: %v", err)
	}
	_ = conn.Close()
	if err := syscall.Shutdown(fd, syscall.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
	<-accepted
}

func TestALabThatSaysNothingIsGivenUp(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	_, err := ask(ours, []string{"nodes"}, 10*time.Millisecond)
	lost := kept{pid: 7}.lost(err)
	if want := "the lab of process 7 has not answered for 5s"; lost.Error() != want {
		t.Errorf("got %q, want %q", lost, want)
	}
	var known *trouble.Error
	if !errors.As(lost, &known) || known.Class != trouble.Host {
		t.Errorf("class of %#v, want Host", lost)
	}
}

func TestALabThatWorksOnACommandIsNotGivenUp(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	const silence = 500 * time.Millisecond
	go func() {
		lines := json.NewEncoder(theirs)
		_ = json.NewDecoder(theirs).Decode(&request{})
		began := time.Now()
		for tick := time.NewTicker(10 * time.Millisecond); time.Since(began) < 2*silence; <-tick.C {
			_ = lines.Encode(reply{Working: true})
		}
		_ = lines.Encode(reply{Text: "done"})
	}()
	if answer, err := ask(ours, nil, silence); err != nil || answer.Text != "done" {
		t.Errorf("got %+v, %v", answer, err)
	}
}

func TestALabIsFoundByItsFolder(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"/a/b", "/a/b", true}, {"/a/b", "/a", true}, {"/a", "/a/b", true}, {"/", "/a", true},
		{"/a/b", "/a/c", false}, {"/a/b", "/a/bb", false}, {"/a/..b", "/a", true}, {"", "/a", false},
	} {
		if got := near(c.a, c.b); got != c.want {
			t.Errorf("near(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

// labAt listens as a kept lab would.
func labAt(t *testing.T, folder *controlFolder, pid int, i identity) {
	t.Helper()
	path := folder.socket(pid)
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	if err := i.write(path); err != nil {
		t.Fatal(err)
	}
}

func TestSeveralLabsAreTold(t *testing.T) {
	folder := controls(t)
	for i, name := range []string{"one.star", "two.star"} {
		labAt(t, folder, i+1, identity{File: name, Experiment: "test_x", Folder: here(), Started: time.Now()})
	}
	labAt(t, folder, 3, identity{File: "far.star", Experiment: "test_y", Folder: "/far", Started: time.Now()})
	_ = folder.lock.Close()

	_, err := findKept(0)
	for _, want := range []string{"2 labs", "--pid 1  one.star::test_x, up since", "--pid 2  two.star::test_x", "started in " + here()} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to tell %q", err, want)
		}
	}
	if strings.Contains(fmt.Sprint(err), "far.star") {
		t.Errorf("got %v, want no lab of another folder", err)
	}
	if k, err := findKept(3); err != nil || k.File != "far.star" {
		t.Errorf("--pid 3 found %+v, %v", k, err)
	}
	t.Chdir("/")
	if _, err := findKept(0); !strings.Contains(fmt.Sprint(err), "3 labs") {
		t.Errorf("above all of them: %v", err)
	}
	t.Chdir(t.TempDir())
	if _, err := findKept(0); !strings.Contains(fmt.Sprint(err), "but elsewhere:\n  --pid 1  one.star") {
		t.Errorf("beside all of them: %v", err)
	}
}

// TestWhatLiesBesideASocketIsHarmless puts there what no lab writes. Reading a pipe would wait for ever.
func TestWhatLiesBesideASocketIsHarmless(t *testing.T) {
	folder := controls(t)
	for i, put := range []func(path string) error{
		func(path string) error { return syscall.Mkfifo(path, 0o600) },
		func(path string) error { return os.Mkdir(path, 0o700) },
		func(path string) error { return os.Symlink("/dev/zero", path) },
		func(path string) error { return os.WriteFile(path, make([]byte, maxIdentity+1), 0o600) },
		func(path string) error { return os.WriteFile(path, []byte(`{"folder": 7}`), 0o600) },
		func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("[", 1000)), 0o600) },
		func(string) error { return nil },
	} {
		socket := folder.socket(i + 1)
		labAt(t, folder, i+1, identity{})
		if err := errors.Join(os.Remove(identityOf(socket)), put(identityOf(socket))); err != nil {
			t.Fatal(err)
		}
		if got := readIdentity(socket); got != (identity{}) {
			t.Errorf("%d: got %+v, want nothing", i, got)
		}
	}
	_ = folder.lock.Close()
	if _, err := findKept(0); !strings.Contains(fmt.Sprint(err), "--pid 7  a lab that gives no description") {
		t.Errorf("got %v", err)
	}
}

func TestAProcessThatIsNotKnownHasNoNumber(t *testing.T) {
	if got := giver(0); got != "another process" {
		t.Errorf("a command is by %q", got)
	}
	if got := giver(7); got != "pid 7" {
		t.Errorf("a command is by %q, want pid 7", got)
	}
	exit := &host.Exit{Plugin: "sticky", Name: "n1", Code: -1}
	if got := exit.Error(); got != "plugin sticky (n1): the process ended" {
		t.Errorf("got %q", got)
	}
}
