package http1

import (
	"fmt"
	"io"
	"strconv"
)

// start begins a message.
func (w *Writer) start() error {
	if w.err != nil {
		return w.err
	}
	if w.owed {
		return fmt.Errorf("http1: body of the previous request not written")
	}
	w.buf, w.sent = takeBuffer()[:0], false
	return nil
}

// finish ends a message: with err, or by sending what is left of it.
func (w *Writer) finish(err error) error {
	if err == nil {
		err = w.flush()
	}
	if err != nil && w.sent {
		w.err = err
	}
	giveBuffer(w.buf)
	w.buf = nil
	return err
}

func (w *Writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	w.sent, w.begun = true, 0
	_, err := w.conn.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// body writes a body from its source, framed as its head has announced.
func (w *Writer) body(from io.Reader, framing Framing) error {
	switch {
	case framing == 0:
		return nil
	case from == nil:
		return fmt.Errorf("http1: a body is announced and there is none")
	case framing == Chunked:
		return w.chunks(from)
	case framing == UntilClose:
		return w.untilEnd(from)
	case framing < 0:
		return fmt.Errorf("http1: unknown framing %d", framing)
	}
	return w.exactly(from, int64(framing))
}

// exactly writes the announced number of bytes; what the source has beyond it is not read.
func (w *Writer) exactly(from io.Reader, size int64) error {
	if _, inMemory := from.(interface{ Len() int }); inMemory {
		w.widen(size)
	}
	for done := int64(0); done < size; {
		if n, err := w.splice(from, size-done); err != nil {
			return err
		} else if done += n; done == size {
			return nil
		}
		n, err := w.piece(from, done == 0, size-done)
		if done += int64(n); done < size && err != nil {
			if err == io.EOF {
				err = fmt.Errorf("ends after %d of %d bytes: %w", done, size, io.ErrUnexpectedEOF)
			}
			return sourceError(err)
		}
	}
	return nil
}

// widen makes room for so much more, or for a large piece of it. Each piece ends with a small segment, so a body of 14 KB
// in pieces would not fit into the first window of TCP.
func (w *Writer) widen(more int64) {
	if more > int64(cap(w.buf)-len(w.buf)) {
		small := w.buf
		w.buf = append(make([]byte, 0, int64(len(small))+min(more, widePiece)), small...)
		giveBuffer(small)
	}
}

func (w *Writer) untilEnd(from io.Reader) error {
	for first := true; ; first = false {
		if _, err := w.piece(from, first, bufferBytes); err == io.EOF {
			return nil
		} else if err != nil {
			return sourceError(err)
		}
	}
}

// sendError marks what the connection said while a body was written, so that it is not taken for its source's.
type sendError struct{ error }

func sourceError(err error) error {
	if send, ok := err.(sendError); ok {
		return send.error
	}
	return &BodyError{err}
}

// piece reads once from the source behind what is held, at most limit bytes.
func (w *Writer) piece(from io.Reader, first bool, limit int64) (int, error) {
	if err := w.makeRoom(from, first, 1); err != nil {
		return 0, sendError{err}
	}
	free := w.buf[len(w.buf):cap(w.buf)]
	n, err := read(from, free[:min(int64(len(free)), limit)])
	w.buf = w.buf[:len(w.buf)+n]
	return n, err
}

// makeRoom sends what is held when there is less room than need, or when the source would make it wait.
func (w *Writer) makeRoom(from io.Reader, first bool, need int) error {
	if cap(w.buf)-len(w.buf) < need || waits(from, first) {
		return w.flush()
	}
	return nil
}

// waits guesses whether reading from the source takes time. Sources that know their length are in memory. Of others
// one cannot know: a head waits for the first piece of such a body, but no piece waits for the next.
func waits(from io.Reader, first bool) bool {
	switch from := from.(type) {
	case *Body:
		return !from.ready()
	case interface{ Len() int }:
		return false
	}
	return !first
}

// read is Read, which returns at least one byte or an error, and possibly both.
func read(from io.Reader, p []byte) (int, error) {
	for range 100 {
		if n, err := from.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

const (
	chunkHead = 6       // four digits and CRLF
	chunkMost = 0xffff  // what four digits can say
	chunkRoom = 6 + 512 // less is not worth a chunk
)

// chunks writes a chunked body (RFC 9112 7.1) and the trailers that the source has at its end.
func (w *Writer) chunks(from io.Reader) error {
	for first := true; ; first = false {
		if err := w.makeRoom(from, first, chunkRoom); err != nil {
			return err
		}
		if err := w.chunk(from); err == io.EOF {
			break
		} else if err != nil {
			return &BodyError{err}
		}
	}
	w.add("0\r\n")
	if source, ok := from.(interface{ Trailer() Header }); ok {
		if err := w.trailers(source.Trailer()); err != nil {
			return err
		}
	}
	w.add("\r\n")
	return nil
}

// chunk reads once from the source, leaving room before the data for the longest size, and closes the gap after it.
func (w *Writer) chunk(from io.Reader) error {
	begin := len(w.buf) + chunkHead
	data := w.buf[begin:min(cap(w.buf)-2, begin+chunkMost)]
	n, err := read(from, data)
	if n > 0 {
		w.buf = strconv.AppendInt(w.buf, int64(n), 16)
		w.add("\r\n")
		w.buf = append(w.buf, data[:n]...) // moves it within the same memory
		w.add("\r\n")
	}
	return err
}

func (w *Writer) trailers(h Header) error {
	for i := range h {
		if notInTrailer(h[i].Name) {
			return fmt.Errorf("http1: %s may not be a trailer", h[i].Name)
		}
	}
	_, err := w.fields(h)
	return err
}

// spliceFrom is the size from which a body is worth a detour around our buffer: measured, the kernel's splice costs a
// third less CPU than copying at 256 KiB, and nothing is gained on small messages.
const spliceFrom = 64 << 10

// splice lets the two connections copy the rest of a body between themselves, where they know how; live ones do it in
// the kernel. Unlike the loop in exactly, it cannot say which of them failed.
func (w *Writer) splice(from io.Reader, size int64) (int64, error) {
	body, ok := from.(*Body)
	if !ok || size < spliceFrom || body.framing < 0 || body.err != nil || body.before != nil || body.r.Buffered() > 0 {
		return 0, nil
	}
	conn, ok := w.conn.(io.ReaderFrom)
	if !ok {
		return 0, nil
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	n, err := conn.ReadFrom(&io.LimitedReader{R: body.r.conn, N: min(size, body.left)})
	body.count(n)
	return n, err
}
