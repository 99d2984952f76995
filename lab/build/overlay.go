package build

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// netOfLab is the file that package net of a program gets.
//
//go:embed overlay/net.go.txt
var netOfLab string

// edit changes a text of the standard library, which must be there just once unless all are meant.
type edit struct {
	old, new string
	all      bool
}

// edits are what changes of the standard library, by file: functions get out of the way of those in netOfLab, options of
// sockets that mean nothing here succeed, and the host's name is the node's. Signals never come: on wasip1
// the wait for them is a loop which leaves the network no turn, so a sleep stands for it, and signal.Stop does not wait. Paths reach the node
// as they are, an empty one leads nowhere, and owners can be set as modes can. They fit Go 1.24 to 1.26.
var edits = map[string][]edit{
	"net/net_fake.go": {
		{old: "\nfunc socket(ctx ", new: "\nfunc labFakeSocket(ctx "},
		{old: "if i <= 0 {", new: "if i < 0 {"},
		{old: "sa.Name[:i+1]", new: "labFolder(sa.Name)"},
	},
	"net/fd_fake.go":        {{old: "\nfunc (fd *netFD) accept() (", new: "\nfunc (fd *netFD) labFakeAccept() ("}},
	"net/dnsclient_unix.go": {{old: "\nfunc (r *Resolver) tryOneName(", new: "\nfunc (r *Resolver) labUnixTryOneName("}},
	"net/lookup_unix.go": {
		{old: "\nfunc (r *Resolver) lookupIP(", new: "\nfunc (r *Resolver) labUnixLookupIP("},
		{old: "\nfunc (r *Resolver) lookupHost(", new: "\nfunc (r *Resolver) labUnixLookupHost("},
		{old: "\nfunc (r *Resolver) lookupAddr(", new: "\nfunc (r *Resolver) labUnixLookupAddr("},
	},
	"net/sockopt_fake.go": {
		{old: "\nfunc setLinger(", new: "\nfunc labFakeSetLinger("},
		{old: "return syscall.ENOPROTOOPT", new: "return nil", all: true},
		{old: "\nimport \"syscall\"\n", new: "\nimport _ \"syscall\"\n"},
	},
	"net/tcpsockopt_stub.go": {
		{old: "return syscall.ENOPROTOOPT", new: "return nil", all: true},
		{old: "\t\"syscall\"\n", new: "\t_ \"syscall\"\n"},
	},
	"net/interface_stub.go": {
		{old: "\nfunc interfaceTable(", new: "\nfunc labNoInterfaceTable("},
		{old: "\nfunc interfaceAddrTable(", new: "\nfunc labNoInterfaceAddrTable("},
		{old: "\nfunc interfaceMulticastAddrTable(", new: "\nfunc labNoInterfaceMulticastAddrTable("},
	},
	"os/signal/signal_unix.go": {
		{old: "watchSignalLoop = loop", new: "watchSignalLoop = func() {\n\t\tgo time.Sleep(1 << 62)\n\t}"},
		{old: "\t\"syscall\"\n", new: "\t\"syscall\"\n\t\"time\"\n"},
	},
	"os/signal/signal.go":    {{old: "\tsignalWaitUntilIdle()\n", new: ""}},
	"os/file_open_wasip1.go": {{old: "EINVAL\n", new: "ENOENT\n"}},
	"syscall/fs_wasip1.go": {
		{old: "EINVAL\n", new: "ENOENT\n", all: true},
		{old: "\tpath = joinPath(dir, path)\n\n\tfor ", new: "\tpath = dir + \"/\" + path\n\n\tfor "},
		{old: "func Chown(path string, uid, gid int) error {\n\treturn ENOSYS", new: "func Chown(path string, uid, gid int) error {\n\treturn Chmod(path, 0)"},
		{old: "func Lchown(path string, uid, gid int) error {\n\treturn ENOSYS", new: "func Lchown(path string, uid, gid int) error {\n\treturn Chmod(path, 0)"},
		{old: "func Fchown(fd int, uid, gid int) error {\n\treturn ENOSYS", new: "func Fchown(fd int, uid, gid int) error {\n\treturn Fchmod(fd, 0)"},
	},
	"os/sys_bsd.go": {
		{old: "syscall.Sysctl(\"kern.hostname\")", new: "Getenv(\"HOSTNAME\"), error(nil)"},
		{old: "\nimport \"syscall\"\n", new: "\nimport _ \"syscall\"\n"},
	},
}

// goTool is the Go that the go command chooses in a directory.
type goTool struct{ GOROOT, GOVERSION, GOMODCACHE string }

// moveOut goes to a Go in the module cache, where the go command puts those that it has downloaded, by a link from outside
// of it: since Go 1.25 the go command takes no changed file of what lies in the module cache.
func (p *program) moveOut(g *goTool) error {
	inside, err := filepath.Rel(g.GOMODCACHE, g.GOROOT)
	if err != nil || !filepath.IsLocal(inside) || version.Compare(g.GOVERSION, "go1.25") < 0 {
		return nil
	}
	link := filepath.Join(p.dir, "go")
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(g.GOROOT, link); err != nil {
		return err
	}
	g.GOROOT, p.command = link, filepath.Join(link, "bin", "go")
	p.env = append(p.env, "GOROOT="+link, "GOTOOLCHAIN=local")
	return nil
}

// overlay writes the changed files of the standard library into dir, and returns the file that tells the go command.
func (g *goTool) overlay(dir string) (string, error) {
	replace := map[string]string{}
	put := func(name, text string) error {
		to := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		replace[filepath.Join(g.GOROOT, "src", filepath.FromSlash(name))] = to
		return os.WriteFile(to, []byte(text), 0o600)
	}
	for name, list := range edits {
		text, err := g.edited(name, list)
		if err != nil {
			return "", err
		}
		if err := put(name, text); err != nil {
			return "", err
		}
	}
	if err := put("net/net_lab.go", netOfLab); err != nil {
		return "", err
	}
	told, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, told, 0o600)
}

// edited is a file of the standard library with its edits.
func (g *goTool) edited(name string, list []edit) (string, error) {
	read, err := readFile(filepath.Join(g.GOROOT, "src", filepath.FromSlash(name)))
	text := string(read)
	for _, e := range list {
		found := strings.Count(text, e.old)
		if err != nil || found == 0 || found > 1 && !e.all {
			return "", &trouble.Error{
				Class: trouble.Plugin,
				Text:  fmt.Sprintf("programs cannot be built with %s: its %s is another than lab knows", g.GOVERSION, name),
				Hint:  "Go 1.24 to 1.26 are known; GOTOOLCHAIN=go1.26.0 chooses one, and a newer lab may know more",
				Err:   err,
			}
		}
		text = strings.ReplaceAll(text, e.old, e.new)
	}
	return text, nil
}
