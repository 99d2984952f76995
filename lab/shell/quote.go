// Package shell writes what a user can paste into a shell.
package shell

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote makes a text one word of a shell, on one line. Where it holds what does not print, that is the notation $'...'
// of bash, zsh and POSIX.1-2024.
func Quote(word string) string {
	switch {
	case strings.ContainsFunc(word, unprintable):
		return "$'" + escaped(word) + "'"
	case word == "" || strings.ContainsFunc(word, special):
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// special tells the characters that mean something to one shell or another from those that never do.
func special(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-./:=,+@%", r)
}

func unprintable(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

// escaped writes what does not print as octal bytes.
func escaped(word string) string {
	var b strings.Builder
	for len(word) > 0 {
		r, size := utf8.DecodeRuneInString(word)
		switch {
		case r == '\'' || r == '\\':
			b.WriteString("\\" + word[:size])
		case unprintable(r):
			for i := range size {
				fmt.Fprintf(&b, `\%03o`, word[i])
			}
		default:
			b.WriteString(word[:size])
		}
		word = word[size:]
	}
	return b.String()
}
