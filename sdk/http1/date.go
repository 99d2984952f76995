package http1

import "time"

// date is the text of a Date field, which holds for a second.
type date struct {
	second int64
	text   string
}

// dateOf is the Date that a response still needs, "" for none (RFC 9110 6.6.1).
func (s *Server) dateOf(now time.Time, resp *Response) string {
	if resp.Status < 200 || resp.Header.Has("Date") {
		return ""
	}
	latest := s.date.Load()
	if latest == nil || latest.second != now.Unix() {
		latest = &date{now.Unix(), now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}
		s.date.Store(latest)
	}
	return latest.text
}
