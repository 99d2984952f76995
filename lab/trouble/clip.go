package trouble

import (
	"fmt"
	"strings"
)

// Shorten cuts a text that is longer than so many bytes.
func Shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + " ..."
}

// MaxText bounds a message for people: what a script says in fail, check or skip may be a text of any length.
const MaxText = 4 << 10

// Clip cuts a text that is longer than so many bytes, and says how much it has cut.
func Clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := strings.ToValidUTF8(text[:limit], "")
	return fmt.Sprintf("%s ... (%d more bytes)", cut, len(text)-len(cut))
}
