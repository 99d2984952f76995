package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/netlab-dev/netlab/lab/host"
)

// controlFolder is the user's own folder for the sockets of kept labs, and its lock: while one holds it nobody else
// makes or removes anything there. It is there while a lab is.
type controlFolder struct {
	path string
	lock *os.File
}

// identity tells kept labs apart. It lies in a file beside the socket.
type identity struct {
	File       string    `json:"file"` // of the experiment
	Experiment string    `json:"experiment"`
	Folder     string    `json:"folder"` // where the lab was started
	Started    time.Time `json:"started"`
}

// maxIdentity is how many bytes such a file may have.
const maxIdentity = 64 << 10

func controlPath() string {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = os.TempDir()
	}
	return filepath.Join(dir, fmt.Sprintf("lab-%d", os.Getuid()))
}

// makeControls makes the folder if need be, and locks it.
func makeControls() (*controlFolder, error) {
	for {
		err := os.Mkdir(controlPath(), 0o700)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		folder, err := openControls()
		if !errors.Is(err, fs.ErrNotExist) {
			return folder, err
		} // else the last lab has just taken it away
	}
}

// openControls locks the folder. The error is fs.ErrNotExist when there is none.
func openControls() (*controlFolder, error) {
	path := controlPath()
	if err := private(path); err != nil {
		return nil, err
	}
	lock, err := host.HoldDirectory(path)
	if err != nil {
		return nil, err
	}
	return &controlFolder{path, lock}, nil
}

// private refuses a folder that others may enter: they could give commands, or answer them.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err == nil && (!info.IsDir() || info.Mode().Perm()&0o077 != 0 || !owned(info)) {
		err = fmt.Errorf("%s: others may enter it; remove it", dir)
	}
	return err
}

// close gives the folder back, and removes it when no lab is up.
func (f *controlFolder) close() {
	_ = os.Remove(f.path)
	_ = f.lock.Close() // nil where there are no locks
}

func (f *controlFolder) socket(pid int) string {
	return filepath.Join(f.path, fmt.Sprintf("up-%d.sock", pid))
}

// identityOf is the file beside a socket.
func identityOf(socket string) string { return strings.TrimSuffix(socket, ".sock") + ".json" }

// sockets are those in the folder, in order of their process numbers.
func (f *controlFolder) sockets() []string {
	paths, _ := filepath.Glob(filepath.Join(f.path, "up-*.sock")) // the pattern is well formed
	slices.SortFunc(paths, func(a, b string) int { return pidOf(a) - pidOf(b) })
	return paths
}

// pidOf is the process that the socket is named by, 0 when that is no number.
func pidOf(socket string) int {
	name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(socket), "up-"), ".sock")
	pid, _ := strconv.Atoi(name)
	return pid
}

// removeDead removes what labs have left that were killed: the sockets at which nobody listens, and what lies beside
// them. One that cannot be reached for another reason, such as a full backlog, is alive.
func (f *controlFolder) removeDead() {
	left, _ := filepath.Glob(filepath.Join(f.path, "up-*.json"))
	for _, path := range left {
		if _, err := os.Lstat(strings.TrimSuffix(path, ".json") + ".sock"); errors.Is(err, fs.ErrNotExist) {
			_ = os.Remove(path)
		}
	}
	for _, path := range f.sockets() {
		conn, err := net.Dial("unix", path) // it never waits
		if err == nil {
			_ = conn.Close()
		}
		if errors.Is(err, syscall.ECONNREFUSED) {
			_ = os.Remove(identityOf(path))
			_ = os.Remove(path)
		}
	}
}

// removeDeadControls is removeDead for whoever has no lab to keep up.
func removeDeadControls() {
	if folder, err := openControls(); err == nil {
		folder.removeDead()
		folder.close()
	}
}

func (i identity) write(socket string) error {
	text, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("%s: %w", i.Experiment, err)
	}
	return os.WriteFile(identityOf(socket), text, 0o600)
}

// readIdentity reads the file beside a socket. What is no such file says nothing.
func readIdentity(socket string) (i identity) {
	path := identityOf(socket)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxIdentity {
		return i
	}
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &i) != nil {
		return identity{}
	}
	return i
}

// near tells whether one of two folders is the other one, or above it.
func near(a, b string) bool {
	within := func(inner, outer string) bool {
		path, err := filepath.Rel(outer, inner)
		return err == nil && path != ".." && !strings.HasPrefix(path, ".."+string(filepath.Separator))
	}
	return a != "" && b != "" && (within(a, b) || within(b, a))
}

// here is the folder that this process was started in, without symbolic links.
func here() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir
}

// String is how a lab is told from others.
func (i identity) String() string {
	if i.Experiment == "" {
		return "a lab that gives no description"
	}
	return fmt.Sprintf("%s::%s, up since %s, started in %s", i.File, i.Experiment, i.Started.Local().Format("15:04:05"), i.Folder)
}

// owned reports whether the file is this user's.
func owned(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
