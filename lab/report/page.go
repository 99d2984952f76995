// Package report writes what came of runs as one page of HTML that opens at what matters: what did not hold, the course
// of the run as a space-time diagram with the causes of the failure, lanes, histories and plots, and how to run it again.
//
// A page is complete in itself. It asks no network for anything, and its policy forbids that; what scripts and plugins
// say is text in it and nothing else. The layout is made here; report.js draws and selects.
package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // for the page's parts
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/netlab-dev/netlab/lab/report/plot"
	"github.com/netlab-dev/netlab/lab/result"
)

// Options is what a page says beside the results.
type Options struct {
	Version string // of the lab that writes it
	// Read reads a script, to show the lines around a check; nil shows the check alone.
	Read func(path string) ([]byte, error)
}

//go:embed page.html
var pageText string

//go:embed report.css
var style string

//go:embed report.js
var script string

var page = template.Must(template.New("page").Parse(pageText))

// Write writes the page.
func Write(to io.Writer, r *result.Report, o Options) error {
	out := bufio.NewWriter(to)
	p := newPage(r, o)
	css := style + plot.Style + ".printed {\n" + pictureStyle + "}\n"
	fmt.Fprintf(out, head, hash(script), hash(css), template.HTMLEscapeString(p.Title), css)
	if err := page.ExecuteTemplate(out, "body", p); err != nil {
		return err
	}
	left := mostData
	for i, d := range p.diagrams {
		text, err := d.encode(left / (len(p.diagrams) - i))
		if err != nil {
			return err
		}
		left -= len(text)
		fmt.Fprintf(out, "<script type=\"application/x-lab-run\" id=\"%s\">%s</script>\n", dataID(i), text)
	}
	fmt.Fprintf(out, "<script>%s</script>\n</body>\n</html>\n", script)
	return out.Flush()
}

// head has the policy: the one script and the one style run, nothing is loaded or sent.
const head = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>%s</style>
</head>
<body>
`

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func dataID(i int) string { return fmt.Sprintf("data-%d", i) }
