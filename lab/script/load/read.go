package load

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/lab/regular"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
)

// ReadFile returns the bytes of the script at path, through links. It opens regular files only, and reads no more of one
// than a script may have. Errors are *Error.
func ReadFile(path string) ([]byte, error) {
	text, err := regular.Read(path, star.MaxSource, func(info fs.FileInfo) error { return CheckFile(path, info) })
	if err != nil {
		return nil, unreadable(path, err)
	}
	return text, nil
}

// CheckFile says why what lies at the path cannot be a script: it is no regular file, or too long for one. The error is
// an *Error.
func CheckFile(path string, info fs.FileInfo) error {
	if mode := info.Mode(); !mode.IsRegular() {
		return &trouble.Error{Text: fmt.Sprintf("%s is %s, want a file", path, fileKind(mode)),
			Hint: "a script is a regular file of text, or a link to one"}
	}
	return checkSize(path, info.Size())
}

func checkSize(path string, size int64) error {
	if size <= star.MaxSource {
		return nil
	}
	return &trouble.Error{Text: fmt.Sprintf("%s has %d bytes, want at most %d", path, size, star.MaxSource),
		Hint: "split it: a file can load others"}
}

// fileKind names what is no regular file.
func fileKind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "no regular file"
}

func unreadable(path string, err error) error {
	var known *trouble.Error
	var inPath *fs.PathError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &inPath):
		err = inPath.Err
	}
	return &trouble.Error{Text: fmt.Sprintf("cannot read %s: %v", path, err)}
}

// Text is what the bytes of a script say: without the mark that some editors put in front of UTF-8, and with lines that
// end in \n, as the language reads them. Errors are *Error.
func Text(file string, raw []byte) ([]byte, error) {
	if err := checkSize(file, int64(len(raw))); err != nil {
		return nil, err
	}
	const saveAsUTF8 = "a script is text in UTF-8: save it so"
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		return nil, &trouble.Error{Text: file + " is text in UTF-16, want UTF-8", Hint: saveAsUTF8}
	}
	text := bytes.TrimPrefix(raw, []byte("\ufeff"))
	if bytes.IndexByte(text, '\r') >= 0 {
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		switch {
		case r == 0:
			return nil, &trouble.Error{Pos: positionAt(file, text[:at]), Text: "a byte of value 0, want text", Hint: saveAsUTF8}
		case r == utf8.RuneError && size == 1:
			return nil, &trouble.Error{Pos: positionAt(file, text[:at]), Text: fmt.Sprintf("the byte %#x is not UTF-8", text[at]),
				Hint: saveAsUTF8}
		}
		at += size
	}
	return text, nil
}

// positionAt is the place of what follows the text.
func positionAt(file string, before []byte) trouble.Position {
	line := bytes.LastIndexByte(before, '\n') + 1
	return trouble.Position{File: file, Line: bytes.Count(before, []byte("\n")) + 1, Col: utf8.RuneCount(before[line:]) + 1}
}
