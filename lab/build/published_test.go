package build

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// publish makes a module proxy in a directory, which has the files of one module, and lets the go command know no other.
func publish(t *testing.T, module, version string, files map[string]string) {
	t.Helper()
	proxy := t.TempDir()
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	for name, text := range files {
		w, err := z.Create(module + "@" + version + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list": version + "\n", version + ".info": `{"Version": "` + version + `"}`, version + ".mod": files["go.mod"], version + ".zip": zipped.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, setting := range []string{"GOPROXY=file://" + proxy, "GONOSUMDB=*", "GOFLAGS=-modcacherw", "GOMODCACHE=" + t.TempDir()} {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
}

func TestWhatIsNoPublishedProgramIsCalledAsTheUserDoes(t *testing.T) {
	publish(t, "example.com/tools", "v1.0.0", map[string]string{
		"go.mod": "module example.com/tools\n\ngo 1.24\n", "text/text.go": "package text\n", "broken/main.go": "package main\n\nfunc main() { none() }\n",
	})
	b := &Builder{Cache: t.TempDir(), Run: func(ctx context.Context, dir string, env []string, command string, args ...string) (out, said []byte, err error) {
		var stderr bytes.Buffer
		cmd := exec.CommandContext(ctx, command, args...)
		cmd.Dir, cmd.Env, cmd.Stderr = dir, env, &stderr
		out, err = cmd.Output()
		return out, stderr.Bytes(), err
	}}
	defer b.Close()
	for name, want := range map[string]string{
		"example.com/tools@v1.0.0":        "its module has no such package",
		"example.com/tools/text@v1.0.0":   "package text is no main",
		"example.com/tools/broken@v1.0.0": "does not build:",
		"example.com/tools/text@v2.0.0":   "no such file",
	} {
		_, err := b.Published(t.Context(), name)
		if err == nil || !strings.HasPrefix(err.Error(), "program "+name) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), b.Cache) {
			t.Errorf("%s: %v\nwant it named as it is here, and %q", name, err, want)
		}
	}
}
