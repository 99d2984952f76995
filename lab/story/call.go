package story

import (
	"strings"

	"github.com/netlab-dev/netlab/lab/result"
)

// call is a call of the script, or its answer, in one line: called put(key = "x"), answered put: ok, answered get: failed
// "timeout".
func call(m *result.Moment) string {
	field := map[string]string{}
	for _, f := range m.Fields {
		field[f.Text] = f.Value
	}
	method := strings.Trim(field["method"], `"`)
	switch arguments := strings.TrimPrefix(field["arguments"], "struct"); {
	case method == "":
		return withFields(m.Name, m.Fields)
	case m.Name == "called" && strings.HasPrefix(arguments, "("):
		return "called " + method + arguments
	case m.Name == "called":
		return "called " + method + "(" + arguments + ")"
	}
	text := m.Name + " " + method + ": " + strings.Trim(field["status"], `"`)
	for _, name := range []string{"value", "error"} {
		if v := field[name]; v != "" && v != "None" {
			text += " " + v
		}
	}
	return text
}
