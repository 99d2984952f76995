package star

import (
	"strings"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A table that does not grow is not gone through, at any size: a write of a key that it has would take its whole length.
func TestATableIsSearchedOnlyBeforeItGetsANewKey(t *testing.T) {
	const n = 2048 + 13 // a size at which tables are searched
	dict, set := starlark.NewDict(n), starlark.NewSet(n)
	key := func(i int) starlark.Value { return starlark.MakeInt64(int64(i) << 32) } // all collide
	for i := range n {
		if dict.SetKey(key(i), starlark.None) != nil || set.Insert(key(i)) != nil {
			t.Fatal("a key was not set")
		}
	}
	call := func(table starlark.Value, method string, i int) error {
		x, err := growing{}.Binary(syntax.LTLT, table, starlark.Right)
		if err != nil {
			return err
		}
		if method == "" {
			return x.(starlark.HasSetKey).SetKey(key(i), starlark.True)
		}
		fn, err := x.(starlark.HasAttrs).Attr(method)
		if err != nil {
			return err
		}
		_, err = starlark.Call(&starlark.Thread{}, fn, starlark.Tuple{key(i)}, nil)
		return err
	}
	for _, c := range []struct {
		table  starlark.Value
		method string
	}{{dict, ""}, {dict, "setdefault"}, {set, "add"}} {
		if err := call(c.table, c.method, n-1); err != nil {
			t.Errorf("%s %s of a key that it has: %v", c.table.Type(), c.method, err)
		}
		if err := call(c.table, c.method, n); err == nil || !strings.Contains(err.Error(), "keys that collide") || starlark.Len(c.table) != n {
			t.Errorf("%s %s of a new key: %v, %d keys", c.table.Type(), c.method, err, starlark.Len(c.table))
		}
	}
	if v, _, err := dict.Get(key(n - 1)); v != starlark.Value(starlark.True) || err != nil {
		t.Errorf("the key has %v, %v", v, err)
	}
}
