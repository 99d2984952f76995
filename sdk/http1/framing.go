package http1

// framingFields is what the fields of a head say about the message and its connection.
type framingFields struct {
	lengths, codings, hosts int // how many fields of the name
	length                  int64
	coding                  string
	close, keepAlive        bool
	expect                  string
}

// add takes note of a field. It returns the rule that the field breaks, and whether it only frames the message.
func (f *framingFields) add(field Field) (rule string, frames bool) {
	switch len(field.Name) {
	case len("Host"):
		if equalFold(field.Name, "Host") {
			f.hosts++
		}
	case len("Expect"):
		if equalFold(field.Name, "Expect") {
			f.expect = field.Value
		}
	case len("Connection"):
		if equalFold(field.Name, "Connection") {
			f.close = f.close || listHas(field.Value, "close")
			f.keepAlive = f.keepAlive || listHas(field.Value, "keep-alive")
		}
	case len("Content-Length"), len("Transfer-Encoding"):
		return f.addFraming(field)
	}
	return "", false
}

func (f *framingFields) addFraming(field Field) (rule string, frames bool) {
	switch framingName(field.Name) {
	case "Content-Length":
		f.lengths++
		length, rule := parseLength(field.Value)
		f.length = length
		if f.lengths > 1 {
			rule = "more than one Content-Length"
		}
		return rule, true
	case "Transfer-Encoding":
		f.codings++
		f.coding = field.Value
		if f.codings > 1 {
			return "more than one Transfer-Encoding", true
		}
		return "", true
	case "alike":
		return "name that a gateway may take for a framing field", true
	}
	return "", false
}

// framingName returns which framing field a name is: the canonical name, "" for none, "alike" for one that becomes a
// framing field where a gateway turns '_' into '-', as CGI's variables do.
func framingName(name string) string {
	for _, framing := range [...]string{"Content-Length", "Transfer-Encoding"} {
		if equalFold(name, framing) {
			return framing
		}
		if len(name) == len(framing) && alike(name, framing) {
			return "alike"
		}
	}
	return ""
}

func alike(name, framing string) bool {
	for i := range len(name) {
		if lower(name[i]) != lower(framing[i]) && (name[i] != '_' || framing[i] != '-') {
			return false
		}
	}
	return true
}

// parseLength reads 1*DIGIT (RFC 9110 8.6), which strconv does not enforce.
func parseLength(s string) (length int64, rule string) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, "Content-Length is not a plain number"
		}
		length = length*10 + int64(s[i]-'0')
	}
	if s == "" || len(s) > 18 { // 18 digits always fit 63 bits
		return 0, "Content-Length is not a number of 1 to 18 digits"
	}
	return length, ""
}

// ends applies RFC 9112 9.3: whether the connection ends after the message.
func (f *framingFields) ends(http10 bool) bool {
	return f.close || http10 && !f.keepAlive
}

// framing decides how the body ends (RFC 9112 6.3); absent is what no framing field means.
func (r *Reader) framing(f *framingFields, http10 bool, absent Framing) (Framing, error) {
	switch {
	case f.codings > 0 && f.lengths > 0:
		return 0, r.refuse(400, "both Transfer-Encoding and Content-Length", "")
	case f.codings > 0 && http10:
		return 0, r.refuse(400, "Transfer-Encoding in HTTP/1.0", clip(f.coding))
	case f.codings > 0 && equalFold(f.coding, "chunked"):
		return Chunked, nil
	case f.codings > 0 && hidesChunked(f.coding):
		return 0, r.refuse(400, "Transfer-Encoding is not one plain chunked", clip(f.coding))
	case f.codings > 0:
		return 0, r.refuse(501, "unknown transfer coding", clip(f.coding))
	case f.lengths > 0 && f.length > r.limits.Body:
		return 0, r.refuse(413, "body too large", "")
	case f.lengths > 0:
		return Framing(f.length), nil
	}
	return absent, nil
}

// hidesChunked reports whether a list of transfer codings has chunked anywhere but at its end, or an empty element: what
// one recipient takes for the end of the body another one may not (RFC 9112 6.3).
func hidesChunked(list string) bool {
	for more := true; more; {
		var coding string
		if coding, list, more = nextElement(list); coding == "" || more && equalFold(coding, "chunked") {
			return true
		}
	}
	return false
}
