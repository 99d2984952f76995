package host_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// link puts a plugin into a folder of plugins.
func link(t *testing.T, folder, name string) string {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "lab-plugin-"+name)
	if err := os.Symlink(program(t, name), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPluginsThatAreNamedAndInstalledAreFound(t *testing.T) {
	work, data := t.TempDir(), t.TempDir()
	t.Chdir(work)
	t.Setenv("XDG_DATA_HOME", data)
	users := filepath.Join(data, "lab", "plugins")
	flag, user, broken := program(t, "zeta"), link(t, users, "alpha"), link(t, users, "exits")
	link(t, filepath.Join(work, ".lab", "plugins"), "gamma")
	builtins := &manifest.Manifest{Name: "builtin", Kinds: []*manifest.Kind{{Name: "tcp-echo", Doc: "built in"}, {Name: "client"}}}
	h := newHost(t, host.Options{Builtins: builtins})

	plugins, err := h.FindNamed([]string{flag, flag})
	if err != nil || len(plugins) != 1 || plugins[0].Path != flag {
		t.Fatalf("found %v, %v; want %s once, and nothing that is not named", plugins, err, flag)
	}
	paths, notices := host.Installed()
	if diff := cmp.Diff([]string{user, broken}, paths); diff != "" || len(notices) > 0 {
		t.Errorf("installed (-want +got):\n%s, notices %v", diff, notices)
	}
	installed, notices := h.FindAll(paths)
	if len(installed) != 1 || installed[0].Path != user {
		t.Errorf("found %v, want %s", installed, user)
	}
	if len(notices) != 1 || notices[0].Path != broken || !strings.Contains(notices[0].Text, "no licence") {
		t.Errorf("notices %+v, want one about %s", notices, broken)
	}
	if unread := host.Unread(); len(unread) != 1 || !strings.Contains(unread[0].Text, "is no longer read") {
		t.Errorf("notices %+v, want one about .lab/plugins", unread)
	}
	plugins = append(plugins, installed...)

	catalog, notices := host.NewCatalog(append(plugins, h.Builtin())...)
	if _, p, ok := catalog.Kind("tcp-echo"); !ok || p.Path != flag {
		t.Errorf("tcp-echo is served by %+v, want %s", p, flag)
	}
	if _, p, ok := catalog.Kind("client"); !ok || !p.Builtin {
		t.Errorf("client is served by %+v, want the built-in plugin", p)
	}
	if _, _, ok := catalog.Kind("nothing"); ok {
		t.Error("a kind that nobody serves is known")
	}
	want := []string{"alpha-kind", "client", "tcp-echo", "zeta-kind"}
	if diff := cmp.Diff(want, catalog.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if len(notices) != 1 || !strings.Contains(notices[0].Text, "takes the place of the built-in one") {
		t.Errorf("notices %+v, want one about tcp-echo", notices)
	}
	if own := h.Own(plugins[0]); len(own.Kinds) != 2 {
		t.Errorf("own kinds %v, want both: the built-in tcp-echo is another", own.Kinds)
	}

	if _, err := h.FindNamed([]string{broken}); err == nil {
		t.Error("a broken plugin that was asked for is no error")
	}
}

func TestAnInstalledPluginThatOthersCouldHavePutThereIsLeftOut(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, test := range map[string]struct {
		spoil func(data, elsewhere, path string) error
		want  string // in the notice, "" where the plugin is fine
	}{
		"as it should be": {func(_, _, path string) error { return os.Chmod(path, 0o755) }, ""},
		"its directory": {func(data, _, _ string) error { return os.Chmod(filepath.Join(data, "lab", "plugins"), 0o777) },
			"lab/plugins belongs to %s and is writable by others (mode drwxrwxrwx); to mend it: chmod go-w "},
		"a directory above, by its group": {func(data, _, _ string) error { return os.Chmod(data, 0o775) },
			"belongs to %s and is writable by others (mode drwxrwxr-x)"},
		"a directory with the sticky bit": {func(data, _, _ string) error { return os.Chmod(data, 0o777|os.ModeSticky) }, ""},
		"the program": {func(_, _, path string) error { return os.Chmod(path, 0o757) },
			"lab-plugin-x belongs to %s and is writable by others (mode -rwxr-xrwx)"},
		"where a link leads": {func(_, elsewhere, path string) error {
			inside := filepath.Join(elsewhere, "lab-plugin-x")
			return errors.Join(os.Rename(path, inside), os.Symlink("../../../elsewhere/link", path),
				os.Symlink(inside, filepath.Join(elsewhere, "link")), os.Chmod(elsewhere, 0o777))
		}, "elsewhere belongs to %s and is writable by others"},
		"a link to nothing":        {func(_, _, path string) error { return errors.Join(os.Remove(path), os.Symlink("gone", path)) }, "no such file"},
		"a link to itself":         {func(_, _, path string) error { return errors.Join(os.Remove(path), os.Symlink(path, path)) }, "more than 40 symbolic links"},
		"a directory, no program":  {func(_, _, path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) }, "a directory, want a program"},
		"a program of nobody":      {ofNobody("lab/plugins/lab-plugin-x"), "lab-plugin-x belongs to nobody (mode -rwxr-xr-x); to mend it: chown -h "},
		"a directory of nobody":    {ofNobody("lab"), "lab belongs to nobody (mode drwxr-xr-x); to mend it: chown -h "},
		"the whole data directory": {ofNobody(""), "belongs to nobody"},
	} {
		if test.spoil == nil {
			continue // only root can give a file away
		}
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			data, elsewhere := filepath.Join(root, "data"), filepath.Join(root, "elsewhere")
			path := filepath.Join(data, "lab", "plugins", "lab-plugin-x")
			err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Mkdir(elsewhere, 0o755),
				os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755), test.spoil(data, elsewhere, path))
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("XDG_DATA_HOME", data)
			found, notices := host.Installed()
			if test.want == "" {
				if len(found) != 1 || len(notices) != 0 {
					t.Errorf("found %v with notices %v, want %s", found, notices, path)
				}
				return
			}
			me, err := user.Current()
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(test.want, "%s", me.Username)
			if len(found) != 0 || len(notices) != 1 || !strings.Contains(notices[0].Text, want) {
				t.Errorf("found %v with notices %v, want none and a notice with %q", found, notices, want)
			}
		})
	}
}

// ofNobody gives a file below the data directory to another user, which only root can do: nil for others.
func ofNobody(file string) func(data, elsewhere, path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return func(data, _, _ string) error { return os.Chown(filepath.Join(data, file), 65534, 65534) }
}

func TestTheSharedProcessIsOneAndIsReplacedWhenItDies(t *testing.T) {
	h := newHost(t, host.Options{})
	plugin := find(t, h, program(t, "honest"))
	first, err := h.Shared(plugin)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.Shared(plugin); err != nil || again != first {
		t.Errorf("asked again: %v, %v; want the same process", again, err)
	}
	first.Kill()
	exit(t, first)
	second, err := h.Shared(plugin)
	if err != nil || second == first {
		t.Fatalf("after its death: %v, %v; want another process", second, err)
	}
	ask(t, second, "stdin")
}

func TestTheBuiltInPluginIsThisProgramAgain(t *testing.T) {
	builtins := &manifest.Manifest{Name: "builtin", Kinds: []*manifest.Kind{{Name: "tcp-echo"}}}
	h := newHost(t, host.Options{Builtins: builtins})
	p, err := h.Start(h.Builtin(), host.StartOptions{Name: "n1"})
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if h.Builtin().Path != self || ask(t, p, "stdin") == "" {
		t.Errorf("built-in plugin %+v", h.Builtin())
	}
}

// byHand starts a plugin as its author would for a debugger, and returns the line it prints.
func byHand(t *testing.T, binary string) (line string, pid int) {
	t.Helper()
	cmd := exec.Command(binary, "debug")
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Errorf("the process is not there any more: %v", err)
		}
		_ = cmd.Wait()
	})
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), cmd.Process.Pid
}

func TestAReattachedProcessIsUsedAndLeftAlone(t *testing.T) {
	dir, built := builtPlugin(t)
	line, pid := byHand(t, built.Path)
	name, value, _ := strings.Cut(line, "=")
	if name != wire.ReattachVariable {
		t.Fatalf("debug printed %q", line)
	}
	t.Setenv(name, strings.Trim(value, "'"))
	t.Setenv("PATH", "") // nothing can be built
	for range 2 {        // one host after another
		h := newHost(t, host.Options{})
		plugin := find(t, h, dir)
		if !slices.Contains(kinds(plugin), "sticky") {
			t.Errorf("kinds %v", kinds(plugin))
		}
		p, err := h.Start(plugin, host.StartOptions{Name: "n1"})
		if err != nil {
			t.Fatal(err)
		}
		if p.Pid() != pid {
			t.Errorf("process %d, want %d", p.Pid(), pid)
		}
		p.Kill()
		if e := exit(t, p); e.Code != -1 || e.Signal != nil {
			t.Errorf("got %+v, want neither code nor signal", e)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if dead(pid) == nil {
			t.Fatal("the debugger's process was killed")
		}
	}
}

func TestAReattachVariableThatIsWrongSaysSo(t *testing.T) {
	gone, err := json.Marshal(map[string]wire.Reattach{"sticky": {
		ProtocolVersion: 1, Pid: 1 << 22, Network: "unix", Address: filepath.Join(t.TempDir(), "gone"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ value, want string }{
		{"{sticky}", "invalid character"},
		{`{"sticky":{"network":"carrier pigeon"}}`, `network "carrier pigeon"`},
		{`{"sticky":{"network":"unix","protocol_version":9}}`, "speaks labplugin 9"},
		{string(gone), "cannot reach the process"},
	} {
		t.Setenv(wire.ReattachVariable, test.value)
		h, err := host.New(host.Options{})
		if err == nil {
			_, err = h.Find("/somewhere/sticky")
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		}
		var e *trouble.Error
		if !errors.As(err, &e) || !strings.Contains(e.Text, test.want) {
			t.Errorf("%s: got %v, want %q", test.value, err, test.want)
		}
	}
}

func TestTheRunDirectoryIsPrivateAndItsNameShortEnoughForASocket(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 25))
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"", long, "/nonexistent"} {
		t.Setenv("TMPDIR", place)
		h := newHost(t, host.Options{})
		info, err := os.Stat(h.Dir())
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("TMPDIR=%s: %v, %v; want mode 0700", place, info, err)
		}
		ask(t, start(t, h, host.StartOptions{}), "stdin")
	}
}
