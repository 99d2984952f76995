package host

import (
	"fmt"
	"strings"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/wire"
)

const (
	maxName = 64       // bytes of a name in a manifest
	maxDoc  = 64 << 10 // of a text there
)

// checkTexts refuses names and texts of a manifest, or of a part of it, that nobody could read.
func checkTexts(m protoreflect.Message) (err error) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Kind() == protoreflect.StringKind && field.IsList():
			for i := range value.List().Len() {
				if err = checkText(string(field.Name()), value.List().Get(i).String()); err != nil {
					break
				}
			}
		case field.Kind() == protoreflect.StringKind:
			err = checkText(string(field.Name()), value.String())
		case field.Message() == nil || field.Message() == (&wire.Value{}).ProtoReflect().Descriptor():
		case field.IsList():
			for i := range value.List().Len() {
				if err = checkTexts(value.List().Get(i).Message()); err != nil {
					break
				}
			}
		default:
			err = checkTexts(value.Message())
		}
		return err == nil
	})
	return err
}

func checkText(what, text string) error {
	most := maxDoc
	switch what {
	case "name":
		most = maxName
	case "text": // of a module
		most = star.MaxSource
	}
	unreadable := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case len(text) > most:
		return fmt.Errorf("a %s of %d bytes, want at most %d", what, len(text), most)
	case what == "name" && strings.ContainsFunc(text, unreadable):
		return fmt.Errorf("the name %q: want characters that can be read", text)
	}
	return nil
}
