package serve

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/netlab-dev/netlab/sdk/value"
)

// tag is what a field's `lab:"name,default=VALUE,main,live,address,doc=..."` says.
type tag struct {
	name        string
	doc         string
	hasDefault  bool
	defaultText string
	main, live  bool
	address     bool
}

func parseTag(f reflect.StructField) (tag, error) {
	t := tag{name: value.FieldName(f)}
	text := f.Tag.Get("lab")
	if before, doc, ok := strings.Cut(text, ",doc="); ok {
		text, t.doc = before, doc
	}
	for i, option := range value.SplitOutside(text) {
		if i == 0 {
			continue // the name
		}
		key, value, hasValue := strings.Cut(option, "=")
		switch {
		case key == "default" && hasValue && !t.hasDefault:
			t.hasDefault, t.defaultText = true, value
		case key == "main" && !hasValue:
			t.main = true
		case key == "live" && !hasValue:
			t.live = true
		case key == "address" && !hasValue:
			t.address = true
		default:
			return t, fmt.Errorf("tag option %q: want default=VALUE, main, live, address and, last, doc=TEXT", option)
		}
	}
	return t, nil
}
