package http1

import "math"

// Limits bound what a peer can make us hold or read. A zero field stands for its default; the defaults hold for
// requests and responses.
type Limits struct {
	// Line is the longest request line or status line in bytes, default 8000 as RFC 9112 3 recommends. Status 414.
	Line int
	// Head is the longest head in bytes, start line and line ends included, default 64 KiB. Status 431.
	Head int
	// Fields is the largest number of fields in a head or among trailers, default 100. Status 431.
	Fields int
	// Body is the most content of one message in bytes, default 1 GiB, negative for none. Status 413.
	Body int64
	// Extensions is the most bytes of chunk extensions in one body, default 1024. Status 400.
	Extensions int
	// Trailers is the most bytes of trailers, default 8 KiB. Status 431.
	Trailers int
	// Interim is the largest number of 1xx responses before a final one, default 16. Status 502.
	Interim int
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, to int) {
		if *v == 0 {
			*v = to
		}
	}
	set(&l.Line, 8000)
	set(&l.Head, 64<<10)
	set(&l.Fields, 100)
	set(&l.Extensions, 1024)
	set(&l.Trailers, 8<<10)
	set(&l.Interim, 16)
	if l.Body == 0 {
		l.Body = 1 << 30
	}
	if l.Body < 0 {
		l.Body = math.MaxInt64
	}
	return l
}
