package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// goModOf writes a plugin's go.mod and reads it.
func goModOf(t *testing.T, text string) GoModule {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := ReadModule(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhatALabWithoutSourcesBuildsWith(t *testing.T) {
	there := t.TempDir()
	const gone = "/nonexistent/netlab"
	for name, test := range map[string]struct {
		goMod, want string // of want: the version, "" for an error
		fetched     bool
	}{
		"a published version": {"module x\n\nrequire github.com/netlab-dev/netlab v1.4.0\n", "v1.4.0", true},
		"in a block": {"module x\n\nrequire (\n\texample.com/y v0.1.0\n\tgithub.com/netlab-dev/netlab v1.4.0 // indirect\n)\n",
			"v1.4.0", true},
		"another module of that beginning": {"module x\n\nrequire github.com/netlab-dev/netlabs v1.4.0\n", "", false},
		"replaced by what is there": {"module x\n\nrequire github.com/netlab-dev/netlab v0.0.0\n\n" +
			"replace github.com/netlab-dev/netlab => " + there + "\n", "v0.0.0", false},
		"replaced by what is gone": {"module x\n\nrequire github.com/netlab-dev/netlab v1.4.0\n\n" +
			"replace github.com/netlab-dev/netlab v1.4.0 => \"" + gone + "\"\n", "", false},
		"replaced from the module's folder": {"module x\n\nrequire github.com/netlab-dev/netlab v0.0.0\n\n" +
			"replace (\n\tgithub.com/netlab-dev/netlab => .\n)\n", "v0.0.0", false},
		"replaced by a fork": {"module x\n\nrequire github.com/netlab-dev/netlab v1.4.0\n\n" +
			"replace github.com/netlab-dev/netlab => example.com/fork v1.0.0\n", "v1.4.0", false},
		"a placeholder": {"module x\n\nrequire github.com/netlab-dev/netlab v0.0.0\n", "", false},
		"nothing":       {"module x\n", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := &program{packages: []*Package{{Dir: "/src/x", module: goModOf(t, test.goMod)}}}
			got, err := p.requirement(LabSource{gone: gone})
			if got != test.want || len(p.fetch) == 1 != test.fetched {
				t.Errorf("builds with %q, fetches %v, %v; want %q", got, p.fetch, err, test.want)
			}
			var e *trouble.Error
			if test.want == "" && (!errors.As(err, &e) || !strings.HasPrefix(e.Error(), fmt.Sprintf(
				"plugin /src/x: the sources of lab at %s are gone: ", gone)) || !strings.Contains(e.Hint, "published")) {
				t.Errorf("got error %v", err)
			}
		})
	}
}

func TestAProgramWhoseModuleNamesSourcesThatAreGoneSaysSo(t *testing.T) {
	m := goModOf(t, "module x\n\nreplace github.com/netlab-dev/netlab => ../gone\n")
	b := &Builder{Cache: t.TempDir()}
	_, err := b.plan([]*Package{{Dir: m.dir, module: m, Main: true}})
	want := fmt.Sprintf("the sources of lab at %s are gone", filepath.Join(filepath.Dir(m.dir), "gone"))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// TestAFileOfAPublishedLabTellsItsVersion takes this package's own files, wherever the package is moved.
func TestAFileOfAPublishedLabTellsItsVersion(t *testing.T) {
	_, here, _, _ := runtime.Caller(0)
	root := Netlab().Dir
	inside, err := filepath.Rel(root, here)
	if root == "" || err != nil {
		t.Fatalf("no checkout: %q, %v", root, err)
	}
	for file, want := range map[string]string{
		"/home/x/go/pkg/mod/github.com/netlab-dev/netlab@v1.4.0/" + filepath.ToSlash(inside): "v1.4.0",
		"github.com/netlab-dev/netlab@v1.5.0-rc.1/" + filepath.ToSlash(inside):               "v1.5.0-rc.1", // built with -trimpath
		here: "",
	} {
		if got := publishedAs(file); got != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}
