package load

import "strings"

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
