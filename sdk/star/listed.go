package star

import (
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Listed is a value of a type of its own that is a list to scripts, and equals a list of the same items.
type Listed interface {
	starlark.Iterable
	Listed() *starlark.List // a copy
}

// listed is the list that a value is, if it is compared with what reads as one.
func listed(v, other starlark.Value) starlark.Value {
	list, ok := v.(Listed)
	if !ok {
		return v
	}
	switch other.(type) {
	case *starlark.List, starlark.Tuple, Listed:
		return list.Listed()
	}
	return v
}

// mayBeListed tells whether one side of an equation may well be a Listed where the other is a list that the script writes out.
func mayBeListed(x *syntax.BinaryExpr) bool {
	return (x.Op == syntax.EQL || x.Op == syntax.NEQ) && (isList(x.X) || isList(x.Y))
}

func isList(e syntax.Expr) bool {
	_, is := unhidden(e).(*syntax.ListExpr)
	return is
}
