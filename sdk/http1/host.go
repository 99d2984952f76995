package http1

import (
	"net/netip"
	"strings"
)

// isHost reports whether s is what a Host field may say: uri-host [ ":" port ] (RFC 9110 7.2), or nothing, which stands
// for a target without authority. User information is none of it.
func isHost(s string) bool {
	i := 0
	for i < len(s) {
		switch {
		case class[s[i]]&inHost != 0:
			i++
			continue
		case s[i] == '%' && i+2 < len(s) && class[s[i+1]]&class[s[i+2]]&isHex != 0:
			i += 3
			continue
		}
		break
	}
	switch {
	case i == len(s):
		return true
	case i == 0 && s[0] == '[':
		return isLiteral(s)
	}
	return i > 0 && isPort(s[i:]) // a host of http is not empty (RFC 9110 4.2.1)
}

// isPort reports whether s is ":" and any number of digits (RFC 3986 3.2.3).
func isPort(s string) bool {
	i := 1
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i == len(s) && s[0] == ':'
}

// isLiteral reports whether s is an address in brackets (RFC 3986 3.2.2), and perhaps a port.
func isLiteral(s string) bool {
	literal, rest, closed := strings.Cut(s[1:], "]")
	if !closed || rest != "" && !isPort(rest) {
		return false
	}
	if version, address, ok := strings.Cut(literal, "."); ok && version != "" && lower(version[0]) == 'v' {
		return len(version) > 1 && only(version[1:], isHex) && address != "" &&
			only(strings.ReplaceAll(address, ":", ""), inHost)
	}
	addr, err := netip.ParseAddr(literal)
	return err == nil && addr.Is6() && addr.Zone() == ""
}
