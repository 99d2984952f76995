package http1

import "io"

// Body is the content of the message that was read last. Reading it takes nothing beyond it from the connection's
// stream of messages. Its errors are those of ReadRequest and ReadResponse, and stay: a body that ends before its
// announced end is an *Error, never io.EOF.
type Body struct {
	r          *Reader
	framing    Framing
	left       int64 // of the content, or of the current chunk
	total      int64 // content so far, where framing does not tell
	extensions int   // bytes of chunk extensions so far
	began      bool  // a first chunk has been read
	err        error // io.EOF at the end
	trailer    Header
	before     func() error // to be called before the first read
}

// Done reports whether the body has been read to its end, so that another message may follow.
func (b *Body) Done() bool { return b.err == io.EOF }

// Trailer returns the fields behind a chunked body, nil until it has been read to its end. They are kept apart from the
// Header as RFC 9110 6.5.1 demands.
func (b *Body) Trailer() Header {
	if !b.Done() {
		return nil
	}
	return b.trailer
}

// Read reads content as it arrives. At the end of a body of known length io.EOF comes along with the last bytes.
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if before := b.before; before != nil {
		b.before = nil
		if err := before(); err != nil {
			return 0, b.fail(err)
		}
	}
	if b.framing == Chunked && b.left == 0 {
		if err := b.nextChunk(); err != nil {
			return 0, b.fail(err)
		}
	}
	if b.framing != UntilClose && int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.read(p)
	if err != nil {
		if err == io.EOF && b.framing == UntilClose {
			return 0, b.fail(io.EOF)
		}
		return 0, b.fail(b.r.broken(err))
	}
	return n, b.count(int64(n))
}

// count books n bytes of content that have been read.
func (b *Body) count(n int64) error {
	if b.framing == UntilClose {
		if b.total += n; b.total > b.r.limits.Body {
			return b.fail(b.r.refuse(413, "body too large", ""))
		}
		return nil
	}
	if b.left -= n; b.left == 0 && b.framing >= 0 {
		return b.fail(io.EOF)
	}
	return nil
}

func (b *Body) fail(err error) error {
	b.err = err
	return err
}

// Discard reads what is left of the body and throws it away, at most limit bytes, so that the connection can serve
// another message. It returns ErrBodyUnread when there is more.
func (b *Body) Discard(limit int64) error {
	if b.framing >= 0 && b.left > limit {
		return ErrBodyUnread
	}
	scratch := takeBuffer()
	defer giveBuffer(scratch)
	for b.err == nil {
		n, err := b.Read(scratch)
		if limit -= int64(n); limit < 0 && err == nil {
			return ErrBodyUnread
		}
	}
	if b.err != io.EOF {
		return b.err
	}
	return nil
}

// ready reports whether the next Read returns without waiting for the peer. A false no costs the Writer a flush, a
// false yes delays what it holds.
func (b *Body) ready() bool {
	held := b.r.buf[b.r.start:b.r.end]
	if b.err != nil || b.framing != Chunked || b.left > 0 {
		return b.err != nil || len(held) > 0
	}
	return chunkReady(held, b.began)
}
