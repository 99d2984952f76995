package http1

import (
	"net/textproto"
	"slices"
)

// Field is one line of a head or of the trailers.
type Field struct {
	Name  string // as it was sent; names compare without regard to case
	Value string // without white space around it
}

// Header is the fields of a message in their order. It never holds Content-Length or Transfer-Encoding: see Framing.
type Header []Field

// Get returns the value of the first field with that name, "" when there is none.
func (h Header) Get(name string) string {
	for i := range h {
		if equalFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// Has reports whether there is a field with that name.
func (h Header) Has(name string) bool {
	return slices.ContainsFunc(h, func(f Field) bool { return equalFold(f.Name, name) })
}

// Values returns the values of all fields with that name, in order.
func (h Header) Values(name string) []string {
	var values []string
	for i := range h {
		if equalFold(h[i].Name, name) {
			values = append(values, h[i].Value)
		}
	}
	return values
}

// Add appends a field. The Writer checks it.
func (h *Header) Add(name, value string) {
	*h = append(*h, Field{name, value})
}

// Set gives the first field with that name the value, appends one if there is none, and removes all others.
func (h *Header) Set(name, value string) {
	for i := range *h {
		if equalFold((*h)[i].Name, name) {
			(*h)[i].Value = value
			rest := (*h)[i+1:]
			rest.Del(name)
			*h = (*h)[:i+1+len(rest)]
			return
		}
	}
	h.Add(name, value)
}

// Del removes all fields with that name.
func (h *Header) Del(name string) {
	*h = slices.DeleteFunc(*h, func(f Field) bool { return equalFold(f.Name, name) })
}

// Clone copies the fields, for who keeps them beyond the next message.
func (h Header) Clone() Header {
	return slices.Clone(h)
}

// HasToken reports whether one of the fields with that name lists the token, as in "Connection: keep-alive, upgrade".
func (h Header) HasToken(name, token string) bool {
	for i := range h {
		if equalFold(h[i].Name, name) && listHas(h[i].Value, token) {
			return true
		}
	}
	return false
}

func listHas(list, token string) bool {
	for more := true; more; {
		var element string
		element, list, more = nextElement(list)
		if equalFold(element, token) {
			return true
		}
	}
	return false
}

// Upgrade returns the protocol that the sender wants or agrees to switch to, "" when there is none: the Upgrade field
// counts only where Connection lists it (RFC 9110 7.8).
func (h Header) Upgrade() string {
	if protocol := h.Get("Upgrade"); protocol != "" && h.HasToken("Connection", "upgrade") {
		return protocol
	}
	return ""
}

// RemoveHopByHop removes what was meant for this connection only (RFC 9110 7.6.1): Connection, every field it lists,
// and those that are known without being listed. Host stays whatever Connection says: a sender could otherwise take
// it from the next hop.
func (h *Header) RemoveHopByHop() {
	var room [4]string
	lists := room[:0]
	for _, f := range *h {
		if equalFold(f.Name, "Connection") {
			lists = append(lists, f.Value)
		}
	}
	kept := (*h)[:0]
	for _, f := range *h {
		if !isHopByHop(f.Name) && !anyHas(lists, f.Name) {
			kept = append(kept, f)
		}
	}
	*h = kept
}

func isHopByHop(name string) bool {
	switch len(name) {
	case len("TE"):
		return equalFold(name, "TE")
	case len("Upgrade"):
		return equalFold(name, "Upgrade")
	case len("Connection"): // and of "Keep-Alive"
		return equalFold(name, "Connection") || equalFold(name, "Keep-Alive")
	case len("Proxy-Connection"):
		return equalFold(name, "Proxy-Connection")
	}
	return false
}

func anyHas(lists []string, name string) bool {
	for _, list := range lists {
		if listHas(list, name) && !equalFold(name, "Host") {
			return true
		}
	}
	return false
}

// Map returns the fields by canonical name: the type can be assigned to http.Header and to textproto.MIMEHeader.
func (h Header) Map() map[string][]string {
	m := make(map[string][]string, len(h))
	for _, f := range h {
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		m[name] = append(m[name], f.Value)
	}
	return m
}
