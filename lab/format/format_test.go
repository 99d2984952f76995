package format

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestFormatWritesOneStyle(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/style.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(archive.Files, 2) {
		t.Run(pair[0].Name, func(t *testing.T) {
			if pair[1].Name != "formatted" {
				t.Fatalf("want a pair, got %q and %q", pair[0].Name, pair[1].Name)
			}
			becomes(t, string(pair[0].Data), string(pair[1].Data))
		})
	}
}

func TestEveryLineEndsAlike(t *testing.T) {
	for source, want := range map[string]string{
		"": "", "x = 1": "x = 1\n", "x = 1\r\ny = 2\r\n": "x = 1\ny = 2\n", "# only a comment": "# only a comment\n",
	} {
		becomes(t, source, want)
	}
}

// becomes checks what Format makes of a source, and that it leaves that alone.
func becomes(t *testing.T, source, want string) {
	t.Helper()
	for _, text := range []string{source, want} {
		got, err := Format("x.star", []byte(text))
		if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
}

func TestScriptsCanBeFormattedAndThenStayAsTheyAre(t *testing.T) {
	for _, pattern := range []string{"../../scripts/*.star", "../../plugins/*/modules/*/*.star", "../../cmd/lab/templates/*.star"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(paths))
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			formatted, err := Format(path, text)
			if err != nil {
				t.Error(err)
			}
			again, err := Format(path, formatted)
			if diff := cmp.Diff(string(formatted), string(again)); diff != "" || err != nil {
				t.Errorf("%s: %v (-once +twice):\n%s", path, err, diff)
			}
		}
	}
}

func TestWhatIsNoScriptIsRefusedWithItsPlace(t *testing.T) {
	tests := map[string]string{
		"def f(:\n":                            "x.star:1:8: ",
		"x = 1\nwhile True:\n    pass\n":       "x.star:2:1: ",
		"for s in [1]:\n    x = 2 * s\n":       `x.star:2:13: "s" is a unit of time`,
		"x = \"abc\n":                          "x.star:1:5: ",
		strings.Repeat("(", 10_000):            "x.star:",
		"x = 1" + strings.Repeat(" ", 256<<10): "x.star has ",
	}
	for source, want := range tests {
		_, err := Format("x.star", []byte(source))
		var known *trouble.Error
		if err == nil || !strings.HasPrefix(err.Error(), want) || !errors.As(err, &known) {
			t.Errorf("%.20q: got %v (%[2]T), want %q", source, err, want)
		}
	}
}

func TestAFormatterThatChangesTheMeaningIsCaught(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"f(a=1)", "f( a = 1 )", true},
		{"x = 'a'", "x = \"a\"", true},
		{"x = 0x10", "x = 16", true},
		{"x = a, b", "x = (a, (b))", true},
		{"f(a=1)", "f(a=2)", false},
		{"f(a)", "f(a, b)", false},
		{"x = a + b", "x = a - b", false},
		{"x = not a", "x = -a", false},
		{"x = a.b", "x = a.c", false},
		{"x = 'a'", "x = b'a'", false},
		{"x = (a, b)", "x = [a, b]", false},
		{"x = (a)", "x = (a,)", false},
		{"x = a - (b - c)", "x = a - b - c", false},
		{"x = [a for a in b]", "x = {a: a for a in b}", false},
		{"x = 1", "x += 1", false},
		{"for i in x:\n  break", "for i in x:\n  continue", false},
		{"if a:\n  b()\n  c()", "if a:\n  b()\nc()", false},
	}
	for _, test := range tests {
		a, err := load.Parse("x.star", []byte(test.a))
		if err != nil {
			t.Fatal(err)
		}
		b, err := load.Parse("x.star", []byte(test.b))
		if err != nil {
			t.Fatal(err)
		}
		if _, same := compare(a, b); same != test.same {
			t.Errorf("%q and %q: same meaning %v, want %v", test.a, test.b, same, test.same)
		}
	}
}

func TestALambdaThatOutlivesItsLoopIsWarnedOf(t *testing.T) {
	tests := map[string]string{ // source: the variable warned of
		"x = [lambda: i for i in y]":                                           "i",
		"x = [(lambda: f(i), 1) for i in y]":                                   "i",
		"x = {i: lambda: i for i in y}":                                        "i",
		"x = [lambda k: g.i(a = i, k = k) for i in y]":                         "i",
		"x = [lab.spawn(lambda: n.get(k)) for n, k in y]":                      "n k",
		"for i in y:\n    tasks.append(lambda: i)":                             "i",
		"for i in y:\n    lab.spawn(lambda: i)":                                "i",
		"for i in y:\n    d[i] = lambda: i":                                    "i",
		"for i in y:\n    for j in z:\n        lab.after(1*s, lambda: [i, j])": "j i",
		// Called at once, bound, or about something else:
		"for i in y:\n    lab.eventually(lambda: i.ok, within = 1*s)":                       "",
		"x = [lab.attempt(lambda: f(i)) for i in y]":                                        "",
		"x = [lambda i = i: i for i in y]":                                                  "",
		"x = [lambda: 1 for i in y]":                                                        "",
		"x = [lambda: f(i = 1) for i in y]":                                                 "",
		"x = [lambda: a.i for i in y]":                                                      "",
		"x = [lambda: [i for i in z] for i in y]":                                           "",
		"x = [f(v) for v in sorted(y, key = lambda e: e)]":                                  "",
		"x = [lambda i: i for i in y]":                                                      "",
		"def f(y):\n    for i in y:\n        def g():\n            tasks.append(lambda: j)": "",
	}
	for source, want := range tests {
		warnings, err := Warnings("x.star", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range warnings {
			got = append(got, w.Text[strings.LastIndex(w.Text, " ")+1:])
			if w.Place.Filename() != "x.star" || !strings.Contains(w.Hint, "lambda "+got[len(got)-1]+" = ") {
				t.Errorf("%q: %+v", source, w)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: warned of %q, want %q", source, got, want)
		}
	}
}

// That the result means the same is checked by Format itself.
func FuzzWhatFormatReturnsIsFormatted(f *testing.F) {
	for _, pattern := range []string{"../../scripts/*.star", "../../plugins/*/modules/*/*.star"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, source string) {
		if _, err := load.Parse("x.star", []byte(source)); err != nil {
			return
		}
		once, err := Format("x.star", []byte(source))
		if err != nil {
			t.Fatalf("%q: a script that can run cannot be formatted: %v", source, err)
		}
		if twice, err := Format("x.star", once); err != nil || string(twice) != string(once) {
			t.Errorf("%q becomes %q, then %q (%v)", source, once, twice, err)
		}
	})
}
