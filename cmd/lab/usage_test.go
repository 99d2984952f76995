package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// ofLibraries is what libraries say of mistakes.
var ofLibraries = regexp.MustCompile(`strconv|arg\(s\)|shorthand|invalid argument|parsing |flag needs|unknown command|time: |dial tcp`)

func TestNoMessageOfALibraryIsShownForMistakesInTheArguments(t *testing.T) {
	io := streams{in: os.Stdin, out: &output{file: os.Stdout}, err: os.Stderr}
	all := [][]string{{"walk"}, {"--walk"}, {"-w"}, {"help", "walk"}, {"help", "plugin", "walk"}, {"help", "run", "walk"},
		{"plugin", "walk"}, {"plugin", "walk", "--fast"}, {"completion", "walk"}, {"completion", "bash", "walk"},
		{"client", "tcp", "walk"}, {"client", "tcp", "walk:1:2"}, {"client", "udp", "walk:99999"}, {"client", "tcp", "walk:http"},
		{"run", "--plugin", "", "x.star"}, {"run", "--", "--seed"}, {"do"}, {"version", "walk"},
	}
	many := strings.Fields(strings.Repeat("walk ", 20))
	for _, cmd := range commands(newRoot(io)) {
		path := strings.Fields(cmd.CommandPath())[1:]
		with := func(words ...string) { all = append(all, append(append([]string{}, path...), words...)) }
		with("--walk")
		with("-Z")
		with("---")
		if !takesMany(cmd) {
			with(many...)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			switch f.Value.Type() {
			case "string", "stringArray":
				with("--" + f.Name)
			case "bool":
				with("--" + f.Name + "=walk")
			default:
				with("--" + f.Name)
				for _, value := range []string{"walk", "", "1.5", "99999999999999999999", "-99999999999999999999"} {
					with("--" + f.Name + "=" + value)
				}
			}
		})
	}
	for _, args := range all {
		err := execute(t.Context(), newRoot(io), args)
		var known *trouble.Error
		if !errors.As(err, &known) || known.Class != trouble.Usage {
			t.Errorf("lab %s: got %v, want an error of usage", strings.Join(args, " "), err)
			continue
		}
		if said := known.Text + "\n" + known.Hint; ofLibraries.MatchString(said) || known.Hint == "" {
			t.Errorf("lab %s: %s", strings.Join(args, " "), said)
		}
	}
}

// takesMany tells which commands take any number of arguments.
func takesMany(cmd *cobra.Command) bool { return strings.Contains(cmd.Use, "...") }

// commands are all below, and those below them.
func commands(cmd *cobra.Command) (all []*cobra.Command) {
	for _, sub := range cmd.Commands() {
		all = append(append(all, sub), commands(sub)...)
	}
	return all
}

// TestFlagsOnPagesExist looks up what the README and the documentation call a flag. In blocks of code other programs
// have theirs.
func TestFlagsOnPagesExist(t *testing.T) {
	flags := map[string]bool{}
	for _, cmd := range commands(newRoot(streams{in: os.Stdin, out: &output{file: os.Stdout}, err: os.Stderr})) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			flags["--"+f.Name] = true
		})
	}
	pages, err := filepath.Glob("../../lab/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(string(text), "")
		for _, flag := range regexp.MustCompile(`(?m)[ (\x60](--[a-z][a-z-]+)`).FindAllStringSubmatch(prose, -1) {
			if !flags[flag[1]] {
				t.Errorf("%s: no command has the flag %s", page, flag[1])
			}
		}
	}
}

func TestALineTooLongForACommandIsTold(t *testing.T) {
	var told strings.Builder
	var done []string
	typed := strings.NewReader("links\n" + strings.Repeat("a", 70_000) + "\nnodes\n")
	prompt(streams{in: typed, out: &output{file: os.Stdout}, err: &told}, func(words []string) (string, error) {
		done = append(done, words...)
		return "", nil
	}, false)
	if strings.Join(done, " ") != "links" || !strings.HasPrefix(told.String(), "error: a line of more than 64 KiB: ") {
		t.Errorf("did %q, told %q", done, told.String())
	}
}
