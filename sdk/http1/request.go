package http1

import "strings"

// ReadRequest reads the head of the next request into req, whose Header's memory it uses again, and points its Body at
// what follows. The body of the request before must have been read to its end.
//
// It returns io.EOF when the client closed in good order, an *Error when the request is refused, and the connection's
// own error otherwise; one that comes before the first byte of the request, such as a deadline, is never wrapped.
// After an error the connection cannot be used any further.
func (r *Reader) ReadRequest(req *Request) error {
	if err := r.next(false); err != nil {
		return err
	}
	head, err := r.head()
	if err != nil {
		return err
	}
	*req = Request{Header: req.Header[:0]}
	if err := r.requestLine(req, head[:r.lines[0]]); err != nil {
		return err
	}
	var found framingFields
	if req.Header, found, err = r.fields(head, req.Header); err != nil {
		return err
	}
	if err := r.checkRequest(req, &found); err != nil {
		return err
	}
	if req.Framing, err = r.framing(&found, req.HTTP10, 0); err != nil {
		return err
	}
	if req.Method == "CONNECT" && req.Framing != 0 { // RFC 9110 9.3.6: its content means nothing, so it may be a request
		return r.refuse(400, "CONNECT with content", "")
	}
	req.Close = found.ends(req.HTTP10)
	req.Body = r.begin(req.Framing)
	return nil
}

// requestLine reads method SP request-target SP HTTP-version (RFC 9112 3).
func (r *Reader) requestLine(req *Request, line string) error {
	method, rest, _ := strings.Cut(line, " ")
	target, version, ok := strings.Cut(rest, " ")
	if !ok || !isToken(method) || target == "" {
		return r.refuse(400, "malformed request line", clip(line))
	}
	req.Method, req.Target = method, target
	var err error
	if req.HTTP10, err = r.version(version); err != nil {
		return err
	}
	if !only(target, inTarget) {
		return r.refuse(400, "forbidden character in the target", clip(line))
	}
	return nil
}

// version reads HTTP-version (RFC 9112 2.3). It must be 1.x; a higher minor version than ours is served as ours (RFC 9110
// 2.5).
func (r *Reader) version(s string) (http10 bool, err error) {
	switch {
	case s == "HTTP/1.1":
		return false, nil
	case s == "HTTP/1.0":
		return true, nil
	case len(s) == 8 && s[:7] == "HTTP/1." && isDigit(s[7]):
		return false, nil
	case len(s) == 8 && s[:5] == "HTTP/" && isDigit(s[5]) && s[6] == '.' && isDigit(s[7]):
		return false, r.refuse(505, "unsupported version", s)
	}
	return false, r.refuse(400, "malformed version", clip(s))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (r *Reader) checkRequest(req *Request, found *framingFields) error {
	switch {
	case found.hosts > 1:
		return r.refuse(400, "more than one Host", "")
	case found.hosts == 0 && !req.HTTP10:
		return r.refuse(400, "no Host", "") // RFC 9112 3.2
	case found.hosts > 0 && !isHost(req.Host()):
		return r.refuse(400, "malformed Host", clip(req.Host()))
	case found.expect != "" && !equalFold(found.expect, "100-continue"):
		return r.refuse(417, "unknown expectation", clip(found.expect)) // RFC 9110 10.1.1
	}
	return r.checkTarget(req)
}

// checkTarget demands the form that fits the method (RFC 9112 3.2) and turns the absolute form into the origin form.
func (r *Reader) checkTarget(req *Request) error {
	target := req.Target
	switch {
	case fits(target, req.Method):
		return nil
	case req.Method == "CONNECT":
		return r.refuse(400, "target of CONNECT is not host:port", clip(target))
	case len(target) < 7 || !equalFold(target[:7], "http://"):
		return r.refuse(400, "target is neither a path nor an http address", clip(target))
	}
	host, path := target[7:], ""
	if i := strings.IndexAny(host, "/?"); i >= 0 {
		host, path = host[:i], host[i:]
	}
	if host == "" || !isHost(host) {
		return r.refuse(400, "malformed authority in the target", clip(target))
	}
	switch {
	case path == "" && req.Method == "OPTIONS":
		path = "*" // RFC 9112 3.2.4
	case path == "" || path[0] == '?':
		path = "/" + path
	}
	req.Target = path
	req.Header.Set("Host", host)
	return nil
}

// fits reports whether the target has the form that its method wants, the absolute form excepted.
func fits(target, method string) bool {
	switch {
	case target == "" || !only(target, inTarget):
		return false
	case method == "CONNECT":
		colon := strings.LastIndexByte(target, ':')
		return colon > 0 && colon+1 < len(target) && strings.Trim(target[colon+1:], "0123456789") == "" &&
			isHost(target)
	}
	return target[0] == '/' || target == "*" && method == "OPTIONS"
}
