package value

import (
	"fmt"
	"strings"
)

// Type says which values a parameter takes, or what a result is. Types are equal by ==. The zero Type is any value.
type Type struct {
	Base Base
	// Lists is how many lists are around the base: 2 in a list of lists.
	Lists int
	// Object is the name of the objects, when they are the base.
	Object string
}

// Base is what a Type is without its lists.
type Base uint8

// The bases. Numbered, Struct and Objects are results only.
const (
	Any Base = iota
	Bool
	Int
	Float
	String
	Bytes
	Duration
	Rate
	Draw
	Address
	Dict
	Callable // a function of a script
	Numbered // a dict whose keys are integers; it travels as Fields with these as names
	Struct
	Objects
)

var baseNames = [...]string{
	"any", "bool", "int", "float", "string", "bytes", "duration", "rate", "draw", "address", "dict", "function",
	"dict<int>", "struct", "object",
}

// maxTypeText bounds the text of a type, and so how deep lists can be nested in one.
const maxTypeText = 256

// ParseType reads a type as manifests write it: int, list<string>, object conn.
func ParseType(text string) (Type, error) {
	if len(text) > maxTypeText {
		return Type{}, fmt.Errorf("a type of %d letters, want at most %d", len(text), maxTypeText)
	}
	if inner, ok := strings.CutPrefix(text, "list<"); ok && strings.HasSuffix(inner, ">") {
		t, err := ParseType(strings.TrimSuffix(inner, ">"))
		return t.ListOf(), err
	}
	if name, ok := strings.CutPrefix(text, "object "); ok {
		return Type{Base: Objects, Object: name}, nil
	}
	for base := Any; base < Objects; base++ {
		if baseNames[base] == text {
			return Type{Base: base}, nil
		}
	}
	return Type{}, fmt.Errorf("unknown type %q", text)
}

// MustType is ParseType of a text that is known to be right; it panics when it is not.
func MustType(text string) Type {
	t, err := ParseType(text)
	if err != nil {
		panic("value: " + err.Error())
	}
	return t
}

// IsDict tells whether it is a dict, whatever its keys.
func (t Type) IsDict() bool { return t == Type{Base: Dict} || t == Type{Base: Numbered} }

// IsList tells whether it is a list, of whatever.
func (t Type) IsList() bool { return t.Lists > 0 }

// Item is the type of a list's items.
func (t Type) Item() Type {
	t.Lists--
	return t
}

// ListOf is the type of a list of such values.
func (t Type) ListOf() Type {
	t.Lists++
	return t
}

// Notation writes the type as manifests do, and ParseType reads it.
func (t Type) Notation() string {
	text := baseNames[t.Base]
	if t.Base == Objects {
		text += " " + t.Object
	}
	return strings.Repeat("list<", t.Lists) + text + strings.Repeat(">", t.Lists)
}

// String is the type in words: list of int. An object's type is its name.
func (t Type) String() string {
	text := baseNames[t.Base]
	if t.Base == Objects {
		text = t.Object
	}
	return strings.Repeat("list of ", t.Lists) + text
}
