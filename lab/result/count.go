package result

import "strconv"

// Count is a number with what it counts, in the singular for one: 1 byte, 0 bytes, 1448 bytes.
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
