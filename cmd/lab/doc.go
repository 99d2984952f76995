package main

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab/docs"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/pcap"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/serve"
	"github.com/netlab-dev/netlab/sdk/spell"
)

func newDoc(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "doc [TOPIC | KIND | WORD | @FILE | pcap]",
		Short: "print the documentation",
		Long: "doc prints a page of the documentation, the parameters, methods and events of a built-in kind, or a file of a\n" +
			"built-in plugin that scripts can load. Without an argument, it lists all of these. TOPIC can be the number of a\n" +
			"chapter. WORD is a word of scripts, such as link or check: doc prints the section that explains it.\n" +
			"doc pcap prints a Lua script for Wireshark. With it, Wireshark shows the messages of a capture\n" +
			"(lab run -o FILE.pcapng).\n" +
			"On a terminal, doc formats the pages. It shows long pages in $LAB_PAGER, $PAGER or less. PAGER=cat turns this off.\n" +
			"To see the kinds of another plugin, use lab plugin describe PATH. It starts the plugin.",
		Args: arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			manifest, err := builtinManifest()
			if err != nil {
				return err
			}
			switch {
			case len(args) == 0:
				printTopics(io, manifest)
				return nil
			case args[0] == forWireshark:
				_, err := fmt.Fprint(io.out, pcap.Dissector)
				return err
			}
			return printTopic(cmd, io, manifest, args[0])
		},
	}
}

// forWireshark is the topic that is no page but a script, as it is read by Wireshark.
const forWireshark = "pcap"

func printTopics(io streams, manifest *manifest.Manifest) {
	fmt.Fprintln(io.out, "pages:")
	for _, p := range docs.Pages() {
		fmt.Fprintf(io.out, "  %-27s %s\n", p.Name, p.Title)
	}
	fmt.Fprintln(io.out, "kinds:")
	for _, k := range manifest.Kinds {
		fmt.Fprintf(io.out, "  %-27s %s\n", k.Name, k.Doc)
	}
	fmt.Fprintln(io.out, "files for load:")
	for _, m := range manifest.Modules {
		fmt.Fprintf(io.out, "  @%-26s %s\n", m.Name, firstLine(strings.Trim(m.Text, `"`)))
	}
	fmt.Fprintf(io.out, "for Wireshark:\n  %-27s type and fields of messages in a capture, a script in Lua\n", forWireshark)
}

func printTopic(cmd *cobra.Command, io streams, manifest *manifest.Manifest, topic string) error {
	ctx := cmd.Context()
	known := []string{forWireshark}
	for _, p := range docs.Pages() {
		if p.Name == topic || strings.HasPrefix(p.Title, topic+". ") {
			return showPage(ctx, io, p.Text)
		}
		known = append(known, p.Name)
	}
	for _, k := range manifest.Kinds {
		if k.Name == topic {
			return showPage(ctx, io, serve.KindMarkdown(k))
		}
		known = append(known, k.Name)
	}
	for _, m := range manifest.Modules {
		if "@"+m.Name == topic {
			page, err := load.Reference(m)
			if err != nil {
				return err
			}
			return showPage(ctx, io, page)
		}
		known = append(known, "@"+m.Name)
	}
	for _, c := range cmd.Root().Commands() {
		if c.Name() == topic {
			return c.Help()
		}
	}
	if section := sectionOf(topic); section != "" {
		return showPage(ctx, io, section)
	}
	sort.Strings(known)
	hint := "there are " + strings.Join(known, ", ") + "; the kinds of another plugin are shown by lab plugin describe PATH"
	if path := pluginNamed(topic); path != "" {
		hint = "the kinds of that plugin are shown by lab plugin describe " + path
	}
	text := fmt.Sprintf("doc: no page, kind or file %q", topic)
	if near := spell.Nearest(topic, known); near != "" {
		text += fmt.Sprintf(" (did you mean %q?)", near)
	}
	return usageError(text, hint)
}

// sectionOf is the part of the page scripts that explains a word of scripts, such as lab.link, link or touched: the first
// that has a line for it, or else one that has it in a block, or in a line.
func sectionOf(word string) string {
	word = strings.TrimPrefix(word, "lab.")
	if !isWord.MatchString(word) {
		return ""
	}
	i := slices.IndexFunc(docs.Pages(), func(p docs.Page) bool { return p.Name == "scripts" })
	sections := strings.Split(docs.Pages()[i].Text, "\n## ")[1:]
	name := regexp.QuoteMeta(word) + `\b`
	for _, place := range []struct{ in, entry *regexp.Regexp }{
		{whole, regexp.MustCompile("(?m)^(- `)?(lab\\.|node\\.)?" + regexp.QuoteMeta(word) + `\(`)},
		{blocks, regexp.MustCompile(`(^|[^0-9][ .\n])` + name)},
		{spans, regexp.MustCompile(`(^|\W)` + name)},
	} {
		for _, section := range sections {
			if slices.ContainsFunc(place.in.FindAllString(section, -1), place.entry.MatchString) {
				return "## " + section
			}
		}
	}
	_, last, dotted := strings.Cut(word, ".")
	if !dotted {
		return ""
	}
	return sectionOf(last)
}

// Where words of scripts stand on a page.
var (
	whole  = regexp.MustCompile("(?s).+")
	blocks = regexp.MustCompile("(?s)```\n.*?```")
	spans  = regexp.MustCompile("```|`[^`\n]+`")
)

var isWord = regexp.MustCompile(`^[A-Za-z_][\w.]{0,60}$`)

// pluginNamed is the path of a plugin that the word names: itself a path, or the name of one that is installed. Plugins
// are not started to look for a kind in them.
func pluginNamed(word string) string {
	installed, _ := host.Installed()
	for _, path := range append([]string{word}, installed...) {
		if p, err := host.Look(path); err == nil && (path == word || p.Name == word) {
			return path
		}
	}
	return ""
}
