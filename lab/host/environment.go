package host

import (
	"os"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/sdk/program"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// passed are the variables of the host's environment that a plugin gets, beside those that start with LAB_ or LC_:
// what programs and the Go runtime need to work as usual. Secrets and settings of other tools stay out, so that a run
// does not depend on them.
var passed = []string{
	"PATH", "HOME", "XDG_CACHE_HOME", "USER", "TMPDIR", "TZ", "LANG",
	"GODEBUG", "GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GOTRACEBACK", "GORACE", "GOCOVERDIR",
}

// environment chooses a plugin's variables from the host's.
func environment(all []string) []string {
	var chosen []string
	for _, entry := range all {
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case name == wire.LifelineVariable, name == wire.ReattachVariable, name == wire.MagicCookieKey, name == familyVariable:
			// These are between a process and its own host.
		case slices.Contains(passed, strings.ToUpper(name)), strings.HasPrefix(name, "LAB_"), strings.HasPrefix(name, "LC_"):
			chosen = append(chosen, entry)
		}
	}
	return chosen
}

// pluginEnvironment is what every process of this host starts with.
func (h *Host) pluginEnvironment() []string {
	env := environment(os.Environ())
	if len(h.lifeline.files()) > 0 {
		env = append(env, wire.LifelineVariable+"=3")
	}
	if h.checks.Load() {
		env = append(env, program.ChecksVariable+"=1")
	}
	return env
}
