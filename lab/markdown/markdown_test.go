package markdown

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/docs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestAPageFitsTheScreen compares a page with everything that the renderer knows at two widths, with styles shown as
// <1>text</>, and without.
func TestAPageFitsTheScreen(t *testing.T) {
	source, err := os.ReadFile("testdata/page.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, terminal := range map[string]Terminal{
		"wide": {Width: 100, Styles: true}, "narrow": {Width: 36, Styles: true}, "plain": {Width: 60},
	} {
		got := terminal.Render(string(source))
		got = strings.ReplaceAll(got, "\x1b[0m", "</>")
		got = regexp.MustCompile("\x1b\\[0;([0-9;]+)m").ReplaceAllString(got, "<$1>")
		golden := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got):\n%s", golden, d)
		}
	}
}

// TestTheDocumentationFitsTheScreen renders every page of lab doc. Lines of code keep their length.
func TestTheDocumentationFitsTheScreen(t *testing.T) {
	for _, page := range docs.Pages() {
		for _, columns := range []int{40, 72, 130} {
			fenced := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(page.Text, "")
			for line := range strings.SplitSeq((Terminal{Width: columns, Styles: true}).Render(fenced), "\n") {
				words := strings.Fields(line)
				if width(line) > columns && len(words) > 2 && !strings.Contains(line, "  ") {
					t.Errorf("%s at %d columns: a line of %d: %q", page.Name, columns, width(line), line)
				}
			}
		}
	}
}

// TestAStrangersTextCannotMoveTheCursor renders what a plugin may say of itself.
func TestAStrangersTextCannotMoveTheCursor(t *testing.T) {
	got := Terminal{Width: 80, Styles: true}.Render("# a\x1b[2Jb\n\n`\x1b]0;title\x07` \u202eevil **\r**\n\n| \x00a |\n|---|\n| \x1b |\n")
	for _, r := range escape.ReplaceAllString(got, "") {
		if r < ' ' && r != '\n' || r == '\u202e' {
			t.Errorf("%q is in %q", r, got)
		}
	}
}

// TestHostileTextsAreShown takes marks without an end, tables without one, and endless words.
func TestHostileTextsAreShown(t *testing.T) {
	for _, unit := range []string{"`", "*", "**a", "[", "[`a`", "[a](", "_a ", "\\", "|", "- ", "# ", "a", "a ", "```\n", "| a |\n|---|\n", "\xff"} {
		text := strings.Repeat(unit, 4000/len(unit))
		for _, source := range []string{text, "| a |\n|---|\n| " + text, "|" + text + "|\n|-|\n|" + text} {
			if got := (Terminal{Width: 80, Styles: true}).Render(source); !utf8.ValidString(got) {
				t.Errorf("%q: no UTF-8", unit)
			}
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("# a\n- b *c*\n\n| d |\n|---|\n| `e` |\n", uint8(10))
	f.Fuzz(func(t *testing.T, text string, columns uint8) {
		Terminal{Width: 1 + int(columns), Styles: true}.Render(text)
	})
}
