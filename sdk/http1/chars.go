package http1

// The classes of octets that a head is made of.
const (
	inToken  uint8 = 1 << iota // RFC 9110 5.6.2: names of fields, methods
	inValue                    // RFC 9110 5.5: HTAB, SP, VCHAR and obs-text
	inTarget                   // VCHAR, less the fragment's '#', which is never sent (RFC 9112 3.2)
	inHost                     // RFC 3986 3.2.2: reg-name without escapes, less the comma, which might join two
	isHex
)

var class = func() (table [256]uint8) {
	mark := func(octets string, as uint8) {
		for i := range len(octets) {
			table[octets[i]] |= as
		}
	}
	mark("\t ", inValue)
	for c := 0x21; c < 0x7f; c++ {
		table[c] |= inValue | inTarget
	}
	table['#'] &^= inTarget
	for c := 0x80; c < 0x100; c++ {
		table[c] |= inValue
	}
	const digits, letters = "0123456789", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	mark(digits+letters, inToken|inHost)
	mark("!#$%&'*+-.^_`|~", inToken)
	mark("-._~!$&'()*+;=", inHost)
	mark(digits+"abcdefABCDEF", isHex)
	return table
}()

// only reports whether every octet of s is of the class.
func only(s string, of uint8) bool {
	for i := range len(s) {
		if class[s[i]]&of == 0 {
			return false
		}
	}
	return true
}

func isToken(s string) bool {
	return s != "" && only(s, inToken)
}

// lower is the lower case of an ASCII letter, and any other octet itself.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// equalFold compares without regard to the case of ASCII letters, and of no others: to strings.EqualFold the Kelvin
// sign is a k.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// trimOWS cuts optional white space (RFC 9110 5.6.3) off both ends.
func trimOWS(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// nextElement cuts the first element off a comma-separated list (RFC 9110 5.6.1). Elements may be empty.
func nextElement(list string) (element, rest string, more bool) {
	for i := range len(list) {
		if list[i] == ',' {
			return trimOWS(list[:i]), list[i+1:], true
		}
	}
	return trimOWS(list), "", false
}
