package balancer

import (
	"errors"
	"strings"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// forward says whom the request comes from, in the fields that are customary for it. The client's address goes to the
// end of the list, behind what the client itself claims to have forwarded; a claim about protocol or host is replaced,
// as there can be only one. Like nginx and HAProxy we add no Via. It returns how many have forwarded the request by
// now.
func forward(h *http1.Header, client string) (hops int) {
	route, host := "", ""
	kept := (*h)[:0]
	for _, field := range *h {
		switch {
		case strings.EqualFold(field.Name, "X-Forwarded-For"):
			route += field.Value + ", "
			continue
		case strings.EqualFold(field.Name, "X-Forwarded-Proto"), strings.EqualFold(field.Name, "X-Forwarded-Host"):
			continue
		case strings.EqualFold(field.Name, "Host"):
			host = field.Value
		}
		kept = append(kept, field)
	}
	*h = kept
	h.Add("X-Forwarded-For", route+client)
	h.Add("X-Forwarded-Proto", "http")
	if host != "" { // which HTTP/1.0 may leave out
		h.Add("X-Forwarded-Host", host)
	}
	return 1 + strings.Count(route, ",")
}

// reason reduces an error to what people want to know and scripts may compare: the same few words in both engines,
// without addresses.
func reason(err error) string {
	var refused *http1.Error
	if errors.As(err, &refused) {
		return refused.Rule
	}
	for _, known := range []error{sdk.ErrRefused, sdk.ErrReset, sdk.ErrNoNode, sdk.ErrStopped} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	switch {
	case errors.Is(err, sdk.ErrTimeout):
		return "timed out"
	case errors.Is(err, sdk.ErrClosed):
		return "closed"
	}
	return err.Error()
}
