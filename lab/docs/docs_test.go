package docs_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite what the pages show; read it before you commit it")

// block is one fenced block of a page of documentation.
type block struct {
	page string
	line int
	lang string
	text string
}

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

func blocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, m := range fence.FindAllSubmatchIndex(text, -1) {
		all = append(all, block{
			page: filepath.Base(page),
			line: 1 + bytes.Count(text[:m[0]], []byte("\n")),
			lang: string(text[m[2]:m[3]]),
			text: string(text[m[4]:m[5]]),
		})
	}
	return all
}

// TestDocumentationBlocksDoWhatTheyShow executes every console block of the README and of lab/docs: each line after
// "$ " in a scratch folder that holds the shipped scripts, with lab on the PATH; the lines below it are its output, up
// to times, digests, addresses and process-made names. A picture that the page shows is the file that one of its commands
// has written; -update takes it over. A python block is written to the file that its first comment
// names, or checked as an experiment file of its own. `lab up` goes on until its page ends.
func TestDocumentationBlocksDoWhatTheyShow(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole commands; the full test does it")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "lab/docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, filepath.Join(root, "README.md"))
	lab := buildLab(t)
	var ran atomic.Int64
	t.Cleanup(func() {
		if ran.Load() < 5 {
			t.Errorf("only %d commands were run: the documentation is not being read", ran.Load())
		}
	})
	for _, page := range pages {
		if filepath.Base(page) == "design.md" {
			continue // shows where the house is going, not only what is there
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			r := reader{root: root, scratch: scratchFolder(t, root), lab: lab}
			defer r.down(t)
			for _, b := range blocks(t, page) {
				switch b.lang {
				case "console":
					ran.Add(int64(r.console(t, b)))
				case "python":
					writePython(t, b, r.scratch, lab)
				case "go":
					writeGo(t, b, r.scratch)
				}
			}
			r.pictures(t, page)
		})
	}
}

// buildLab is the path of the command, built as it is now. It looks into all folders of the repository: go test shows an
// old result again unless something has changed in what the test itself has looked at.
func buildLab(t *testing.T) string {
	t.Helper()
	err := filepath.WalkDir("../..", func(_ string, at fs.DirEntry, err error) error {
		if err == nil && at.IsDir() && at.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	lab := filepath.Join(t.TempDir(), "lab")
	if out, err := exec.Command("go", "build", "-o", lab, "../../cmd/lab").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return lab
}

// TestFaultsThatOverlapInTheGuideAreNoMistake runs the guide's cluster on seeds that begin one pause during another.
func TestFaultsThatOverlapInTheGuideAreNoMistake(t *testing.T) {
	scratch, lab := t.TempDir(), buildLab(t)
	for _, b := range blocks(t, "04-how-raft-works.md") {
		if b.lang == "python" {
			writePython(t, b, scratch, lab)
		}
	}
	for _, seed := range []string{"281", "4745", "6670", "8569"} {
		cmd := exec.Command(lab, "run", "--engine", "sim", "--seed", seed, "cluster.star")
		cmd.Dir = scratch
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("seed %s: %v\n%s", seed, err, out)
		}
	}
}

func scratchFolder(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "scripts"), os.DirFS(filepath.Join(root, "scripts"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// reader is somebody who types what one page shows.
type reader struct {
	root, scratch, lab string // folders, and the program
	up                 *kept  // the lab that `lab up` keeps, if any
}

func (r *reader) console(t *testing.T, b block) int {
	t.Helper()
	ran := 0
	for _, part := range strings.Split("\n"+b.text, "\n$ ")[1:] {
		line, want, _ := strings.Cut(part, "\n")
		line = strings.TrimSpace(line)
		if command, _, _ := strings.Cut(line, "#"); strings.TrimSpace(command) == "go test ./..." || line == "" {
			continue // this very run
		}
		if strings.HasPrefix(line, "cd ") {
			t.Errorf("%s:%d: $ %s\nleaves the reader in a folder where the commands below do not work: put it in parentheses", b.page, b.line, line)
		}
		got := ""
		if strings.HasPrefix(line, "lab up ") {
			got = r.keepUp(t, line, want)
		} else {
			got = r.line(t, b, line)
		}
		ran++
		switch {
		case sameOutput(want, got, strings.Contains(line, "--engine sim")):
		case *update && !strings.Contains(want, "..."):
			r.show(t, b.page, "$ "+strings.TrimSpace(part), "$ "+line+"\n"+got)
		default:
			t.Errorf("%s:%d: $ %s\ngot:\n%s\nshown:\n%s", b.page, b.line, line, got, want)
		}
	}
	return ran
}

// line runs one command line. A line that ends in "# exit N" must end with that code.
func (r *reader) line(t *testing.T, b block, line string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	wantCode := 0
	if _, comment, ok := strings.Cut(line, "# exit "); ok {
		if _, err := fmt.Sscan(comment, &wantCode); err != nil {
			t.Fatalf("%s:%d: %q: %v", b.page, b.line, line, err)
		}
	}
	cmd := r.command(ctx, r.up.real(line))
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != wantCode {
		t.Errorf("%s:%d: $ %s\nexit code %d (%v), want %d\n%s", b.page, b.line, line, code, err, wantCode, out)
	}
	return string(out)
}

// command is a line of the page, in the scratch folder. What is to be built and run in the repository runs there, with
// the program that was built for this test.
func (r *reader) command(ctx context.Context, line string) *exec.Cmd {
	rest, inRepository := strings.CutPrefix(line, "go run ./cmd/lab")
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir = r.scratch
	if inRepository {
		cmd = exec.CommandContext(ctx, "sh", "-c", "lab"+rest)
		cmd.Dir = r.root
	}
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+r.scratch, "XDG_STATE_HOME="+r.scratch,
		"PATH="+filepath.Dir(r.lab)+string(os.PathListSeparator)+os.Getenv("PATH"))
	return cmd
}

// show puts what a command has printed in the place of what its page shows.
func (r *reader) show(t *testing.T, page, shown, printed string) {
	t.Helper()
	path := filepath.Join(r.root, "lab/docs", page)
	if page == "README.md" {
		path = filepath.Join(r.root, page)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, strings.Replace(string(text), shown, strings.TrimSpace(progressing.ReplaceAllString(printed, "")), 1))
}

var image = regexp.MustCompile(`!\[[^\]]*\]\(([\w./-]+)\)`)

// pictures compares the pictures of a page with those that its commands have written.
func (r *reader) pictures(t *testing.T, page string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range image.FindAllSubmatch(text, -1) {
		shown := filepath.Join(filepath.Dir(page), string(m[1]))
		want, err := os.ReadFile(filepath.Join(r.scratch, filepath.Base(shown)))
		if err != nil {
			t.Errorf("%s: no command of %s writes the picture: %v", shown, filepath.Base(page), err)
			continue
		}
		if *update {
			writeFile(t, shown, string(want))
		}
		if got, _ := os.ReadFile(shown); !bytes.Equal(got, want) {
			t.Errorf("%s is not what the commands of %s write: see with -update", shown, filepath.Base(page))
		}
		if len(want) > 60<<10 {
			t.Errorf("%s has %d bytes, want at most 60 KiB", shown, len(want))
		}
	}
}

// progressing is told every 10 s on a slow machine.
var progressing = regexp.MustCompile(`(?m)^  \S+ \d+/\d+(, \d+ failed)?, [\d.]+/s, \S+ left\n`)

var volatile = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{progressing, ""},
	{regexp.MustCompile(`\b\d+(\.\d+)?(ns|µs|us|ms|s)\b`), "TIME"},
	{regexp.MustCompile(`digest [0-9a-f]{16}`), "digest DIGEST"},
	{regexp.MustCompile(`go1\.\d+(\.\d+)?|(linux|darwin)/\w+`), "PLATFORM"},
	{regexp.MustCompile(`(socks5h://\w+):[A-Z2-7]{26}@`), "$1:PASSWORD@"},
	{loopback, "ADDRESS"},
	{regexp.MustCompile(`(?m)^ *note: this machine was late by .*\n`), ""}, // as busy as it may be where the tests run
	{regexp.MustCompile(`[ \t]+`), " "},
}

// wallTime is how long something has taken on this machine.
var wallTime = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`(\ssim +)(?:\d+m)?[\d.]+(?:ns|us|ms|s)\b`), "${1}TIME"},
	{regexp.MustCompile(`\bin (?:\d+m)?[\d.]+(?:ns|us|ms|s)$`), "in TIME"},
}

// sameOutput compares output with what a page shows. A line "..." on the page stands for any lines. In sim the times of a
// run and its digest are the seed's, so they count; the digest of another architecture may differ.
func sameOutput(want, got string, sim bool) bool {
	if sim {
		want, got = marked(want), marked(got)
	}
	w, g := normal(want), normal(got)
	if w == "" {
		return true // the page does not show the output
	}
	g = "\n" + g
	parts := strings.Split("\n"+w, "\n...\n")
	for i, part := range parts {
		at := strings.Index(g, part)
		if at < 0 || i == 0 && at != 0 {
			return false
		}
		g = g[at+len(part):]
	}
	return strings.TrimSpace(g) == "" || strings.HasSuffix(strings.TrimSpace(want), "\n...")
}

// marked hides times and digests that count from normal.
func marked(s string) string {
	lines := strings.Split(progressing.ReplaceAllString(s, ""), "\n")
	for i := range lines {
		for _, w := range wallTime {
			lines[i] = w.pattern.ReplaceAllString(lines[i], w.as)
		}
	}
	s = virtual.ReplaceAllString(strings.Join(lines, "\n"), "$1 $2")
	if runtime.GOARCH == "amd64" {
		s = strings.ReplaceAll(s, "digest ", "sum ")
	}
	return s
}

// virtual is a time, whose unit is set apart from its number: so it is none for volatile.
var virtual = regexp.MustCompile(`\b(\d+(?:\.\d+)?)(ns|µs|us|ms|s)\b`)

func normal(s string) string {
	for _, v := range volatile {
		s = v.pattern.ReplaceAllString(s, v.as)
	}
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.TrimSuffix(strings.Join(lines, "\n"), "\n...")
}

var namesFile = regexp.MustCompile(`^(?:#|//) ([\w./-]+\.(?:star|go))\n`)

// writePython keeps the block as a file for later commands when its first line names one, and checks that it loads.
func writePython(t *testing.T, b block, scratch, lab string) {
	t.Helper()
	name := filepath.Join(scratch, fmt.Sprintf("block%d.star", b.line))
	if m := namesFile.FindStringSubmatch(b.text); m != nil {
		name = filepath.Join(scratch, m[1])
	}
	writeFile(t, name, b.text)
	if out, err := exec.Command(lab, "list", name).CombinedOutput(); err != nil {
		t.Errorf("%s:%d: the script does not load: %v\n%s", b.page, b.line, err, out)
	}
}

// writeGo keeps the block as a file for later commands; its first line must name the file.
func writeGo(t *testing.T, b block, scratch string) {
	t.Helper()
	m := namesFile.FindStringSubmatch(b.text)
	if m == nil {
		t.Errorf("%s:%d: a go block starts with a comment that names its file", b.page, b.line)
		return
	}
	writeFile(t, filepath.Join(scratch, m[1]), b.text)
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
