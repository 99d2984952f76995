package load

import (
	"go.starlark.net/resolve"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/star"
)

// Parse reads the text of a script, and executes nothing. Errors are *Error; that a name is not
// defined is found by Load only.
func Parse(file string, text []byte) (*syntax.File, error) {
	text, err := Text(file, text)
	if err != nil {
		return nil, err
	}
	tree, err := star.Dialect.Parse(file, text, 0)
	if err == nil {
		defined := func(string) bool { return true }
		err = resolve.File(tree, defined, defined)
	}
	if err == nil {
		err = refuseRebinding(tree)
	}
	if err != nil {
		return nil, Explain(err, func(string) string { return string(text) })
	}
	return tree, nil
}
