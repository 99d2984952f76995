package traffic

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// target is where requests go: what a URL says, taken apart.
type target struct {
	scheme string   // http, tcp or udp
	addr   sdk.Addr // node:port
	host   string   // as the URL has it, for the Host field
	path   string   // with the query, for http
}

// targetOf takes a URL apart. schemes are those that make sense here.
func targetOf(text string, schemes ...string) (target, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return target{}, fmt.Errorf("url %q: want %s://node:port", text, strings.Join(schemes, "://node:port, "))
	case !slices.Contains(schemes, u.Scheme):
		return target{}, fmt.Errorf("url %q: scheme %q, want one of %s://", text, u.Scheme, strings.Join(schemes, "://, "))
	case u.User != nil:
		return target{}, fmt.Errorf("url %q: a user is not supported; pass headers = {\"Authorization\": ...}", text)
	}
	t := target{scheme: u.Scheme, host: u.Host, addr: sdk.Addr(u.Host), path: u.RequestURI()}
	if u.Port() == "" && t.scheme == "http" {
		t.addr = sdk.MakeAddr(u.Hostname(), 80)
	}
	if _, port, err := t.addr.Split(); err != nil || port == 0 {
		return target{}, fmt.Errorf("url %q: want a port, as in %s://%s:%d", text, t.scheme, u.Hostname(), 8080)
	}
	if t.scheme != "http" && strings.Trim(t.path, "/") != "" {
		return target{}, fmt.Errorf("url %q: %s:// has no path, got %q", text, t.scheme, t.path)
	}
	return t, nil
}

// headerOf turns a script's dict into the fields of a request to the target, with a Host.
func headerOf(t target, fields sdk.Fields) (http1.Header, error) {
	h := make(http1.Header, 0, len(fields)+1)
	for _, f := range fields {
		text, err := textOf(f)
		if err != nil {
			return nil, fmt.Errorf("headers: %w", err)
		}
		h.Add(f.Name, text)
	}
	if !h.Has("Host") {
		h.Add("Host", t.host)
	}
	return h, nil
}

// textOf is what a value reads in a request.
func textOf(f sdk.Field) (string, error) {
	switch v := f.Value.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	case sdk.Addr:
		return string(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	}
	return "", fmt.Errorf("%s: want text, got %v", f.Name, f.Value)
}
