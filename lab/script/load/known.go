package load

import (
	"maps"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/star"
)

// knownWords are the predeclared names that a script can write. They travel with its functions: a name that only the
// lab knows is then no riddle where a function is rebuilt.
var knownWords = knownNames()

func knownNames() []string {
	var names []string
	for _, name := range predeclared.Keys() {
		if !strings.HasPrefix(name, "$") {
			names = append(names, name)
		}
	}
	return names
}

// predeclared are the names that the module knows: those of every file, and by its origin how its functions travel.
// That origin holds the source as it was written, while what runs here has been rewritten for check.
func (m *module) predeclared() starlark.StringDict {
	names := maps.Clone(predeclared)
	names[star.OriginName] = m.origin
	return names
}
