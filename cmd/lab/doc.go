package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab/docs"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/wire"
)

func newDoc(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "doc [TOPIC | KIND]",
		Short: "print the documentation",
		Long: "doc prints a page of the documentation, or what a built-in kind takes and answers; alone it lists both.\n" +
			"What another plugin serves is said by lab plugin describe PATH.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			manifest, err := builtinManifest()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				printTopics(io, manifest)
				return nil
			}
			return printTopic(io, manifest, args[0])
		},
	}
}

func printTopics(io streams, manifest *wire.Manifest) {
	fmt.Fprintln(io.out, "pages:")
	for _, p := range docs.Pages() {
		fmt.Fprintf(io.out, "  %-27s %s\n", p.Name, p.Title)
	}
	fmt.Fprintln(io.out, "kinds:")
	for _, k := range manifest.GetKinds() {
		fmt.Fprintf(io.out, "  %-27s %s\n", k.GetName(), k.GetDoc())
	}
}

func printTopic(io streams, manifest *wire.Manifest, topic string) error {
	known := []string{}
	for _, p := range docs.Pages() {
		if p.Name == topic {
			_, err := fmt.Fprint(io.out, p.Text)
			return err
		}
		known = append(known, p.Name)
	}
	for _, k := range manifest.GetKinds() {
		if k.GetName() == topic {
			_, err := fmt.Fprint(io.out, sdk.KindMarkdown(k))
			return err
		}
		known = append(known, k.GetName())
	}
	sort.Strings(known)
	return usageError(fmt.Sprintf("doc: no page or kind %q", topic), "there are "+strings.Join(known, ", ")+
		"; what a plugin of your own serves is said by lab plugin describe PATH")
}
