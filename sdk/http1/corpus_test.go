package http1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cockroachdb/datadriven"
)

// The corpus is texts: bytes from a peer, and what becomes of them. Line breaks in a case are only for the reader,
// those of the wire are written \r\n; ${300*ab} stands for 300 times ab. The directives are
//
//	request [limits]     what a server reads until the end of the connection
//	response method=GET  what a client reads, as answers to requests of the method
//	smuggle              a request that must be refused, with what it hides
//
// Every case is read at once, byte by byte, and with data and end coming together: the verdict must not differ.
func TestCorpus(t *testing.T) {
	datadriven.Walk(t, "testdata/corpus", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			wire := unescape(t, d.Input)
			limits := limitsOf(t, d)
			read := func(from io.Reader) string { return readAll(t, d, NewReader(from, limits)) }
			whole := read(bytes.NewReader(wire))
			for name, from := range map[string]io.Reader{
				"byte by byte":  iotest.OneByteReader(bytes.NewReader(wire)),
				"data with EOF": iotest.DataErrReader(bytes.NewReader(wire)),
			} {
				if got := read(from); got != whole {
					d.Fatalf(t, "read %s:\n%s\nread at once:\n%s", name, got, whole)
				}
			}
			if d.Cmd == "smuggle" && !regexp.MustCompile(`(?m)^refused.*\n\z`).MatchString(whole) {
				d.Fatalf(t, "not refused:\n%s", whole)
			}
			if d.Cmd == "smuggle" && regexp.MustCompile(`(?m)^GET /hidden`).MatchString(whole) {
				d.Fatalf(t, "the hidden request was read:\n%s", whole)
			}
			return whole
		})
	})
}

func limitsOf(t *testing.T, d *datadriven.TestData) (l Limits) {
	for _, arg := range d.CmdArgs {
		var n int
		if arg.Key != "method" {
			arg.Scan(t, 0, &n)
		}
		switch arg.Key {
		case "line":
			l.Line = n
		case "head":
			l.Head = n
		case "fields":
			l.Fields = n
		case "body":
			l.Body = int64(n)
		case "extensions":
			l.Extensions = n
		case "trailers":
			l.Trailers = n
		case "interim":
			l.Interim = n
		case "method":
		default:
			d.Fatalf(t, "unknown argument %s", arg.Key)
		}
	}
	return l
}

func readAll(t *testing.T, d *datadriven.TestData, r *Reader) string {
	var out strings.Builder
	method := "GET"
	d.MaybeScanArgs(t, "method", &method)
	for {
		if d.Cmd == "response" {
			if !readResponse(&out, r, method) {
				return out.String()
			}
		} else if !readRequest(&out, r) {
			return out.String()
		}
	}
}

func readRequest(out *strings.Builder, r *Reader) (more bool) {
	var req Request
	if err := r.ReadRequest(&req); err != nil {
		return tellEnd(out, err)
	}
	fmt.Fprintf(out, "%s %s%s\n", req.Method, req.Target, flags(req.HTTP10, "1.0", req.Close, "close"))
	return tellRest(out, r, req.Header, req.Framing)
}

func readResponse(out *strings.Builder, r *Reader, method string) (more bool) {
	var resp Response
	if err := r.ReadResponse(&resp, method); err != nil {
		return tellEnd(out, err)
	}
	fmt.Fprintf(out, "%d %s%s\n", resp.Status, resp.Reason,
		flags(resp.HTTP10, "1.0", resp.Close, "close", resp.Tunnel, "tunnel"))
	if !tellRest(out, r, resp.Header, resp.Framing) {
		return false
	}
	if resp.Tunnel {
		rest, err := io.ReadAll(io.MultiReader(bytes.NewReader(r.Take()), r.conn))
		fmt.Fprintf(out, "tunnel: %q %v\n", rest, err)
	}
	return true
}

func flags(pairs ...any) (s string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i].(bool) {
			s += " (" + pairs[i+1].(string) + ")"
		}
	}
	return s
}

func tellRest(out *strings.Builder, r *Reader, h Header, framing Framing) (more bool) {
	for _, f := range h {
		fmt.Fprintf(out, "  %s: %s\n", f.Name, strings.Trim(strconv.Quote(clip(f.Value)), `"`))
	}
	content, err := io.ReadAll(&r.body)
	kind := map[Framing]string{Chunked: "chunked", UntilClose: "until close"}[framing]
	if framing >= 0 {
		kind = fmt.Sprintf("length %d", framing)
	}
	if len(content) > 80 {
		content = fmt.Appendf(content[:20:20], "... %d bytes", len(content))
	}
	fmt.Fprintf(out, "  body, %s: %q\n", kind, content)
	for _, f := range r.body.Trailer() {
		fmt.Fprintf(out, "  trailer %s: %s\n", f.Name, f.Value)
	}
	if err != nil {
		return tellEnd(out, err)
	}
	return true
}

func tellEnd(out *strings.Builder, err error) (more bool) {
	var refused *Error
	switch {
	case err == io.EOF:
		out.WriteString("end\n")
	case errors.As(err, &refused):
		fmt.Fprintf(out, "refused with %d: %s\n", refused.Status, strings.TrimPrefix(err.Error(), "http1: "))
	default:
		fmt.Fprintf(out, "error: %v\n", err)
	}
	return false
}

var repeated = regexp.MustCompile(`\$\{(\d+)\*([^}]*)\}`)

// unescape turns the text of a case into the bytes it stands for.
func unescape(t testing.TB, text string) []byte {
	text = repeated.ReplaceAllStringFunc(text, func(s string) string {
		parts := repeated.FindStringSubmatch(s)
		n, _ := strconv.Atoi(parts[1])
		return strings.Repeat(parts[2], n)
	})
	text = strings.ReplaceAll(text, "\n", "")
	var wire []byte
	for text != "" {
		c, wide, rest, err := strconv.UnquoteChar(text, 0)
		if err != nil {
			t.Fatalf("case %q: %v", text, err)
		}
		if text = rest; wide {
			wire = append(wire, string(c)...)
		} else {
			wire = append(wire, byte(c))
		}
	}
	return wire
}

var directive = regexp.MustCompile(`(?ms)^(request|response|smuggle)\b([^\n]*)\n(.*?)^----$`)

// seeds returns the inputs of the corpus' cases with one of these directives, for fuzzing.
func seeds(t testing.TB, wanted ...string) (all [][]byte) {
	paths, err := filepath.Glob("testdata/corpus/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range directive.FindAllStringSubmatch(string(text), -1) {
			for _, cmd := range wanted {
				if wire := unescape(t, found[3]); found[1] == cmd && len(wire) < 4096 {
					all = append(all, wire)
				}
			}
		}
	}
	if len(all) < 10 {
		t.Fatalf("%d seeds in testdata/corpus: want more", len(all))
	}
	return all
}
