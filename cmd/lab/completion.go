package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/docs"
	"github.com/netlab-dev/netlab/lab/report"
	"github.com/netlab-dev/netlab/lab/script/load"
)

// completions tells the shell what may come next, for every verb below root that takes it. Scripts are only parsed for
// it, and no plugin is started: a press of a key should have no other effect.
func completions(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		completions(cmd)
	}
	flag := func(name string, complete cobra.CompletionFunc) {
		if root.Flags().Lookup(name) != nil {
			_ = root.RegisterFlagCompletionFunc(name, complete) // fails only for a flag that is not there
		}
	}
	engines := []string{"live\treal processes on real sockets", "sim\tvirtual time, from a seed"}
	if root.Name() == "run" {
		engines = append(engines, "both\tone after the other, compared")
	}
	flag("engine", cobra.FixedCompletions(engines, cobra.ShellCompDirectiveNoFileComp))
	flag("set", completeSet)
	for _, name := range []string{"seed", "runs", "jobs", "keyword", "name", "trace"} {
		flag(name, cobra.NoFileCompletions)
	}
	switch strings.TrimPrefix(root.CommandPath(), "lab ") {
	case "run", "list", "up":
		root.ValidArgsFunction = completeScript
	case "fmt", "new":
		root.ValidArgsFunction = cobra.FixedCompletions([]string{"star"}, cobra.ShellCompDirectiveFilterFileExt)
	case "report":
		root.ValidArgsFunction = cobra.FixedCompletions([]string{"jsonl"}, cobra.ShellCompDirectiveFilterFileExt)
		flag("show", cobra.FixedCompletions(report.Parts, cobra.ShellCompDirectiveNoFileComp))
	case "doc":
		root.ValidArgsFunction = first(completeTopic)
	case "client":
		root.ValidArgsFunction = first(cobra.FixedCompletions([]string{"tcp", "udp"}, cobra.ShellCompDirectiveNoFileComp))
	case "plugin describe", "plugin test":
		root.ValidArgsFunction = first(completePlugin)
	case "plugin new":
		root.ValidArgsFunction = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	case "version", "plugin list", "plugin clean", "do":
		root.ValidArgsFunction = cobra.NoFileCompletions
	}
}

//go:embed templates/completion.bash
var bashCompletion []byte

// completionForBash is cobra's script, and before it what that one takes from a package that may not be there.
func completionForBash(cmd *cobra.Command, _ []string) error {
	if _, err := cmd.OutOrStdout().Write(bashCompletion); err != nil {
		return err
	}
	bare, err := cmd.Flags().GetBool("no-descriptions")
	if err != nil {
		return err
	}
	return cmd.Root().GenBashCompletionV2(cmd.OutOrStdout(), !bare)
}

// first completes the first argument, and no other.
func first(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(cmd, args, text)
	}
}

// completeScript completes FILE::EXPERIMENT: the experiments once the file is there, until then the file.
func completeScript(_ *cobra.Command, _ []string, text string) ([]string, cobra.ShellCompDirective) {
	path, _, named := strings.Cut(text, "::")
	if !named && !strings.HasSuffix(text, ".star") {
		return []string{"star"}, cobra.ShellCompDirectiveFilterFileExt
	}
	var all []string
	if !named {
		all = append(all, path)
	}
	for _, test := range testsIn(path) {
		name := path + "::" + test.Name.Name
		if doc := docOf(test); doc != "" {
			name += "\t" + doc
		}
		all = append(all, name)
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// completeSet completes NAME= for the parameters of the experiments in the scripts that are named already.
func completeSet(_ *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(text, "=") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var all, known []string
	for _, arg := range args {
		path, only, _ := strings.Cut(arg, "::")
		for _, test := range testsIn(path) {
			if only != "" && !strings.HasPrefix(only+"[", test.Name.Name+"[") {
				continue
			}
			for _, name := range parametersOf(test) {
				if !slices.Contains(known, name) {
					known = append(known, name)
					all = append(all, fmt.Sprintf("%s=\ta parameter of %s", name, test.Name.Name))
				}
			}
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// parametersOf are those that have a default.
func parametersOf(test *syntax.DefStmt) []string {
	var names []string
	for _, p := range test.Params {
		if p, ok := p.(*syntax.BinaryExpr); ok {
			names = append(names, p.X.(*syntax.Ident).Name)
		}
	}
	return names
}

func completeTopic(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	all := []string{forWireshark + "\ta script in Lua that shows messages in Wireshark"}
	for _, p := range docs.Pages() {
		all = append(all, p.Name+"\t"+p.Title)
	}
	return append(all, builtinKinds()...), cobra.ShellCompDirectiveNoFileComp
}

func completePlugin(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return builtinKinds(), cobra.ShellCompDirectiveDefault // a path, too
}

func builtinKinds() []string {
	manifest, err := builtinManifest()
	if err != nil {
		return nil
	}
	var all []string
	for _, k := range manifest.Kinds {
		all = append(all, k.Name+"\t"+k.Doc)
	}
	return all
}

// testsIn are the experiments of a script, none when it cannot be read.
func testsIn(path string) []*syntax.DefStmt {
	text, err := load.ReadFile(path)
	if err != nil {
		return nil
	}
	tree, err := load.Parse(path, text)
	if err != nil {
		return nil
	}
	var tests []*syntax.DefStmt
	for _, stmt := range tree.Stmts {
		if def, ok := stmt.(*syntax.DefStmt); ok && strings.HasPrefix(def.Name.Name, "test_") {
			tests = append(tests, def)
		}
	}
	return tests
}

// docOf is the first line of a function's text.
func docOf(def *syntax.DefStmt) string {
	if stmt, ok := def.Body[0].(*syntax.ExprStmt); ok {
		if literal, ok := stmt.X.(*syntax.Literal); ok && literal.Token == syntax.STRING {
			return firstLine(literal.Value.(string))
		}
	}
	return ""
}
