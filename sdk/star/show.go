package star

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

var errNesting = fmt.Errorf("value nested deeper than %d", MaxNesting)

// Text writes a value as str does, and never without end: a value that contains itself shows "..." where it does. It is
// an error to be longer than so many bytes, or nested deeper than MaxNesting.
func Text(v starlark.Value, limit int) (string, error) {
	t := texter{room: limit, out: new(strings.Builder)}
	err := t.value(v)
	return t.out.String(), err
}

// Show is Text for people: what is too long or too deep ends in " ...".
func Show(v starlark.Value, limit int) string {
	text, err := Text(v, limit)
	if err != nil || len(text) > limit {
		return strings.ToValidUTF8(text[:min(len(text), limit)], "") + " ..."
	}
	return text
}

// measure is how long the text of the values may be; strings stand for themselves, as print and format write them.
func measure(values ...starlark.Value) (float64, error) {
	t := texter{room: MaxPiece}
	for _, v := range values {
		if text, ok := starlark.AsString(v); ok {
			if t.room -= len(text); t.room < 0 {
				return 0, errTooLong
			}
		} else if err := t.value(v); err != nil {
			return 0, err
		}
	}
	return float64(MaxPiece - t.room), nil
}

var errTooLong = errors.New("text too long")

// maxShown is how many values one text shows.
const maxShown = MaxPiece/itemSize + 1

// texter writes the text of values, or measures it.
type texter struct {
	out  *strings.Builder // nil: only measured
	room int              // bytes that may still be written
	path []starlark.Value // the mutable values around the present one
	deep int
	seen int  // values
	json bool // measure what json.encode writes
}

func (t *texter) write(text string) error {
	if t.room -= len(text); t.room < 0 {
		if t.out != nil {
			t.out.WriteString(text[:t.room+len(text)])
		}
		return errTooLong
	}
	if t.out != nil {
		t.out.WriteString(text)
	}
	return nil
}

func (t *texter) value(v starlark.Value) error {
	if t.deep++; t.deep > MaxNesting {
		return errNesting
	}
	if t.seen++; t.seen > maxShown { // of the same value in itself, again and again
		return errTooLong
	}
	defer func() { t.deep-- }()
	items, _ := v.(starlark.Iterable)
	switch v := v.(type) {
	case starlark.String:
		return t.quoted(string(v), false)
	case starlark.Bytes:
		return t.quoted(string(v), true)
	case starlark.Int:
		if err := writable(v); err != nil {
			return err
		}
		return t.write(v.String())
	case *starlark.List:
		return t.within(v, "[", v, "]")
	case starlark.Tuple:
		if len(v) == 1 {
			return t.items("(", items, ",)")
		}
		return t.items("(", items, ")")
	case *starlark.Set:
		return t.items("set([", v, "])")
	case *starlark.Dict:
		return t.dict(v)
	case Writer:
		return t.writer(v)
	case starlark.Iterable:
		if t.json {
			return t.items("[", v, "]")
		}
	}
	return t.write(v.String())
}

// Writer is a value whose text holds those of others: it writes both in order, and returns the first error.
type Writer interface {
	starlark.Value
	WriteText(text func(string) error, value func(starlark.Value) error) error
}

func (t *texter) writer(w Writer) error {
	if slices.Contains(t.path, starlark.Value(w)) {
		return t.write(w.Type() + "(...)")
	}
	t.path = append(t.path, w)
	defer func() { t.path = t.path[:len(t.path)-1] }()
	return w.WriteText(t.write, t.value)
}

// within writes the items of a value that may contain itself.
func (t *texter) within(v starlark.Value, open string, items starlark.Iterable, shut string) error {
	if slices.Contains(t.path, v) {
		return t.write(open + "..." + shut)
	}
	t.path = append(t.path, v)
	defer func() { t.path = t.path[:len(t.path)-1] }()
	return t.items(open, items, shut)
}

func (t *texter) items(open string, items starlark.Iterable, shut string) error {
	if err := t.write(open); err != nil {
		return err
	}
	if list, ok := items.(starlark.Indexable); ok { // an iterator would be garbage for each
		for i := range list.Len() {
			if err := t.item(i, list.Index(i)); err != nil {
				return err
			}
		}
		return t.write(shut)
	}
	i := 0
	for item := range starlark.Elements(items) {
		if err := t.item(i, item); err != nil {
			return err
		}
		i++
	}
	return t.write(shut)
}

func (t *texter) item(i int, item starlark.Value) error {
	if i > 0 {
		if err := t.write(", "); err != nil {
			return err
		}
	}
	return t.value(item)
}

func (t *texter) dict(d *starlark.Dict) error {
	if slices.Contains(t.path, starlark.Value(d)) {
		return t.write("{...}")
	}
	t.path = append(t.path, d)
	defer func() { t.path = t.path[:len(t.path)-1] }()
	separator := "{"
	for key, value := range d.Entries() {
		if err := t.write(separator); err != nil {
			return err
		}
		separator = ", "
		if err := t.value(key); err != nil {
			return err
		}
		if err := t.write(": "); err != nil {
			return err
		}
		if err := t.value(value); err != nil {
			return err
		}
	}
	if separator == "{" {
		return t.write("{}")
	}
	return t.write("}")
}

// quoted writes a text as a literal. Its length is known before the text is made.
func (t *texter) quoted(text string, bytes bool) error {
	length := len(text)
	if length <= t.room { // otherwise it need not be known
		length = quotedLength(text, t.json)
	}
	if t.out != nil && (length <= t.room || len(text) <= smallPiece) {
		return t.write(syntax.Quote(text, bytes))
	}
	if t.room -= length; t.room >= 0 {
		return nil
	}
	if t.out != nil { // as much as fits
		head := strings.ToValidUTF8(text[:min(len(text), max(t.room+length, 0))], "")
		t.out.WriteString(syntax.Quote(head, bytes))
	}
	return errTooLong
}

// quotedLength bounds how long a text is when it is quoted, as str or as json.encode does.
func quotedLength(text string, json bool) int {
	length, other, control := 3, 3, 4
	if json {
		other, control = 2, 6
	}
	if !utf8.ValidString(text) {
		other = control
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t':
			length += 2
		case c < ' ' || c == 0x7f || json && (c == '<' || c == '>' || c == '&'):
			length += control
		case c >= utf8.RuneSelf:
			length += other
		default:
			length++
		}
	}
	return length
}

// writable returns an error for an integer whose text would take long to make.
func writable(n starlark.Int) error {
	if _, small := n.Int64(); small {
		return nil
	}
	if bits := n.BigInt().BitLen(); bits > maxBits {
		return fmt.Errorf("integer of %d bits, want at most %d", bits, maxBits)
	}
	return nil
}

// fits is measure, with an error that says what could not be written.
func fits(what string, values ...starlark.Value) (float64, error) {
	n, err := measure(values...)
	return n, tellLength(what, err)
}

// tellLength says what could not be written, and why.
func tellLength(what string, err error) error {
	switch {
	case errors.Is(err, errTooLong):
		return Errorf(pieceHint, "%s: the text is longer than %d MiB", what, MaxPiece>>20)
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
