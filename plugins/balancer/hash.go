package balancer

import (
	"errors"
	"fmt"
	"io"
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
		if err := hashable(name); err != nil {
			return nil, fmt.Errorf("hash: header:%s: %w", name, err)
		}
		return func(req *http1.Request) string { return req.Header.Get(name) }, nil
	case what == "cookie" && named && name != "":
		return func(req *http1.Request) string { return cookie(req.Header, name) }, nil
	}
	return nil, fmt.Errorf("hash: got %q, want client, path, header:NAME or cookie:NAME", hash)
}

// hashable refuses a field that no request has when it is hashed, or that is the same in all.
func hashable(name string) error {
	header := http1.Header{{Name: name, Value: "x"}}
	if err := asRequest("/", header); err != nil {
		return err
	}
	switch header.RemoveHopByHop(); {
	case len(header) == 0:
		return errors.New("it belongs to one connection and is not passed on, so it is not hashed either")
	case strings.EqualFold(name, "X-Forwarded-Proto"):
		return errors.New("the balancer sets it, the same in all requests")
	}
	return nil
}

// asRequest says why a target and fields of a configuration cannot be part of a request.
func asRequest(target string, h http1.Header) error {
	req := http1.Request{Method: "GET", Target: target, Header: h}
	return http1.NewWriter(io.Discard).WriteRequest(&req)
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
