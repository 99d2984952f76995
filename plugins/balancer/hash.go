package balancer

import (
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/sdk/http1"
)

// keyOf makes the function that finds what hashing strategies hash; nil leaves it to them to take the client.
func keyOf(hash, mode string) (func(*http1.Request) string, error) {
	what, name, named := strings.Cut(hash, ":")
	switch {
	case hash == "client":
		return nil, nil
	case mode == "tcp":
		return nil, fmt.Errorf("hash: got %q, want client: in mode tcp requests are not looked at", hash)
	case hash == "path":
		return (*http1.Request).Path, nil
	case what == "header" && named && name != "":
		return func(req *http1.Request) string { return req.Header.Get(name) }, nil
	case what == "cookie" && named && name != "":
		return func(req *http1.Request) string { return cookie(req.Header, name) }, nil
	}
	return nil, fmt.Errorf("hash: got %q, want client, path, header:NAME or cookie:NAME", hash)
}

// cookie returns the value of the first cookie with that name (RFC 6265 4.2), "" when there is none.
func cookie(h http1.Header, name string) string {
	for _, field := range h {
		if !strings.EqualFold(field.Name, "Cookie") {
			continue
		}
		for list, more := field.Value, true; more; {
			var pair string
			pair, list, more = strings.Cut(list, ";")
			if key, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && key == name {
				return value
			}
		}
	}
	return ""
}
