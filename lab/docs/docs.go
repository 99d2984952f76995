// Package docs holds the documentation as it is printed by `lab doc`.
package docs

import (
	"embed"
	"strings"
)

//go:embed *.md
var files embed.FS

// Page is one page of documentation, in Markdown.
type Page struct {
	Name  string // scripts, or first-run for the file 01-first-run.md
	Title string // of its first heading
	Text  string
}

// Pages returns all pages: first the chapters of the guide in their order, then the others by name.
func Pages() []Page {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the files are part of the program
	}
	var pages []Page
	for _, entry := range entries {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		title, _, _ := strings.Cut(string(text), "\n")
		pages = append(pages, Page{
			Name:  strings.TrimLeft(strings.TrimSuffix(entry.Name(), ".md"), "0123456789-"),
			Title: strings.TrimLeft(title, "# "),
			Text:  string(text),
		})
	}
	return pages
}
