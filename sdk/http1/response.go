package http1

import "strings"

// ReadResponse reads the head of the next response to a request of the given method into resp, whose Header's memory it
// uses again, and points its Body at what follows. Interim responses (1xx) are returned like others: the caller asks
// Interim, and reads again.
//
// It returns io.EOF when the server closed before the first byte, an *Error with status 502 or 504 when the response is
// refused or late, and the connection's own error otherwise. After an error the connection cannot be used any further.
func (r *Reader) ReadResponse(resp *Response, method string) error {
	if err := r.next(true); err != nil {
		return err
	}
	head, err := r.head()
	if err != nil {
		return err
	}
	*resp = Response{Header: resp.Header[:0]}
	if err := r.statusLine(resp, head[:r.lines[0]]); err != nil {
		return err
	}
	var found framingFields
	if resp.Header, found, err = r.fields(head, resp.Header); err != nil {
		return err
	}
	if err := r.countInterim(resp); err != nil {
		return err
	}
	return r.frameResponse(resp, &found, method)
}

// statusLine reads HTTP-version SP status-code SP [reason] (RFC 9112 4). The space before an absent reason may miss, as
// it does in some servers' answers.
func (r *Reader) statusLine(resp *Response, line string) error {
	version, rest, _ := strings.Cut(line, " ")
	var err error
	if resp.HTTP10, err = r.version(version); err != nil {
		return err
	}
	code, reason, _ := strings.Cut(rest, " ")
	if len(code) != 3 || code[0] < '1' || code[0] > '5' || !isDigit(code[1]) || !isDigit(code[2]) {
		return r.refuse(502, "status is not between 100 and 599", clip(line))
	}
	if !only(reason, inValue) {
		return r.refuse(502, "control character in the reason", clip(line))
	}
	resp.Status = int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0')
	resp.Reason = reason
	return nil
}

func (r *Reader) countInterim(resp *Response) error {
	if !resp.Interim() {
		r.interim = 0
		return nil
	}
	if r.interim++; r.interim > r.limits.Interim {
		return r.refuse(502, "too many interim responses", "")
	}
	return nil
}

// frameResponse decides where the body ends (RFC 9112 6.3) and whether the connection outlives it.
func (r *Reader) frameResponse(resp *Response, found *framingFields, method string) (err error) {
	resp.Tunnel = tunnels(resp.Status, method)
	if resp.Tunnel { // RFC 9110 9.3.6: framing fields are ignored
		r.tunnel = true
		resp.Body = r.begin(0)
		return nil
	}
	if resp.Framing, err = r.framing(found, resp.HTTP10, UntilClose); err != nil {
		return err
	}
	resp.Close = found.ends(resp.HTTP10)
	if !bodiless(resp.Status, method) {
		resp.Close = resp.Close || resp.Framing == UntilClose
		resp.Body = r.begin(resp.Framing)
		return nil
	}
	// RFC 9112 6.1, 9110 8.6: neither field may be sent here. A server that sends one may send a body as well, which
	// would be read as the next response.
	if (resp.Status < 200 || resp.Status == 204) && (resp.Framing == Chunked || resp.Framing > 0) {
		return r.refuse(502, "response without a body announces one", "")
	}
	resp.Body = r.begin(0)
	return nil
}
