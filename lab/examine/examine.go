// Package examine says what a plugin must keep, as a process among others, and what of each of its kinds (sdk/sdktest).
package examine

import (
	"errors"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

// Handshake is the name of the first check.
const Handshake = "starts, answers the handshake and ends when told"

// Checks are what there is to check about a plugin, and about these of its kinds. They are carried out in order.
func Checks(h *host.Host, plugin *host.Plugin, kinds []string) []sdktest.Check {
	e := &examination{host: h, plugin: plugin}
	all := []sdktest.Check{{Name: Handshake, Run: e.startsAndStops}}
	if !h.Reattached(plugin) {
		all = append(all, e.ofProcess()...)
	}
	all = append(all, sdktest.Checks(sdktest.Subject{Manifest: plugin.Manifest, Kinds: kinds, Open: e.open})...)
	return append(all, sdktest.Check{Name: "prints nothing beside its log", Run: e.stray.check})
}

// Unusable is the check of a plugin that is there and cannot be used.
func Unusable(err error) sdktest.Check {
	return sdktest.Check{Name: Handshake, Run: func(t sdktest.T) { t.Errorf("%s", withHint(err)) }}
}

// withHint is an error with what to do about it.
func withHint(err error) string {
	var known *trouble.Error
	if errors.As(err, &known) && known.Hint != "" {
		return err.Error() + "\nhint: " + known.Hint
	}
	return err.Error()
}
