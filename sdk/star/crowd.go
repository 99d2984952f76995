package star

import (
	"errors"
	"math"
	"math/bits"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Starlark compares a key with all in its bucket, and hashes an integer to its low 32 bits, so a script may have all its
// keys in one bucket, or under one hash: then they are compared as a whole, which takes much longer.
const (
	comparedPerVisit = 64  // keys that share a bucket, and no hash
	visitsOfSame     = 4   // hashes
	fewKeys          = 512 // that may all collide
	usuallyCompared  = 8   // keys with each, in a bucket
)

// crowded is what is left once keys collide too often.
const crowded visits = math.MinInt / 2

func errCrowded(what string) error {
	return Errorf("keys that differ by a multiple of 65536 collide: take texts, str(key)", "%s of too many keys that collide", what)
}

// hash takes off what it costs to look up each of the items as a key, or the first of each pair.
func (left *visits) hash(items starlark.Value, pairs bool) {
	n := starlark.Len(items)
	if *left < 0 || n <= fewKeys || n > maxVisits { // more than that is no table's
		return
	}
	width := bits.Len(uint(n / 8))
	buckets, hashes := make([]int32, 1<<width), make([]int32, 1<<width)
	compared, same := 0, -usuallyCompared*n
	count := func(of *int32, in *int) { *in, *of = *in+int(*of), *of+1 }
	for key := range starlark.Elements(items.(starlark.Iterable)) {
		if pairs {
			key = firstOf(key)
		}
		hash, _ := key.Hash()
		count(&buckets[hash&uint32(len(buckets)-1)], &compared)
		count(&hashes[hash*0x9e3779b1>>(32-width)], &same) // spread, so that hardly any but equal ones meet
	}
	if *left -= visits(compared/comparedPerVisit + visitsOfSame*max(same, 0)); *left < 0 {
		*left = crowded
	}
}

// firstOf is the key of a pair.
func firstOf(pair starlark.Value) starlark.Value {
	switch p := pair.(type) {
	case starlark.Tuple:
		if len(p) > 0 {
			return p[0]
		}
	case *starlark.List:
		if p.Len() > 0 {
			return p.Index(0)
		}
	}
	return pair
}

// growing is a hidden value before a dict or set that may get one more key: $[= << x is x. It is an error if too many of
// those that x has collide.
type growing struct{}

var _ starlark.HasBinary = growing{}

func (growing) String() string        { return growingName }
func (growing) Type() string          { return growingName }
func (growing) Freeze()               {}
func (growing) Truth() starlark.Bool  { return true }
func (growing) Hash() (uint32, error) { return 0, errors.New("unhashable type: " + growingName) }

// Binary returns its right operand, which looks for keys that collide if it is time to.
func (growing) Binary(_ syntax.Token, v starlark.Value, _ starlark.Side) (starlark.Value, error) {
	if isDue(v, 1) {
		switch table := v.(type) {
		case *starlark.Dict:
			return dueDict{table}, nil
		case *starlark.Set:
			return dueSet{table}, nil
		}
	}
	return v, nil
}

// dueDict and dueSet look for keys that collide before they get a new one. A script never holds them.
type (
	dueDict struct{ *starlark.Dict }
	dueSet  struct{ *starlark.Set }
)

var (
	_ starlark.HasSetKey = dueDict{}
	_ starlark.HasAttrs  = dueSet{}
)

// SetKey sets the value of a key.
func (d dueDict) SetKey(key, v starlark.Value) error {
	if err := mayGet(d.Dict, key); err != nil {
		return err
	}
	return d.Dict.SetKey(key, v)
}

// Attr is a method.
func (d dueDict) Attr(name string) (starlark.Value, error) { return dueMethod(d.Dict, name) }

// Attr is a method.
func (s dueSet) Attr(name string) (starlark.Value, error) { return dueMethod(s.Set, name) }

func dueMethod(table starlark.HasAttrs, name string) (starlark.Value, error) {
	v, err := table.Attr(name)
	method, ok := v.(*starlark.Builtin)
	if !ok {
		return v, err
	}
	return starlark.NewBuiltin(name, func(
		thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		if len(args) > 0 {
			if err := mayGet(table, args[0]); err != nil {
				return nil, err
			}
		}
		return method.CallInternal(thread, args, kwargs)
	}), nil
}

// mayGet is mayGrow for a key that the dict or set may have already: then it does not grow.
func mayGet(table, key starlark.Value) error {
	found := false
	if isDue(table, 1) {
		switch table := table.(type) {
		case *starlark.Dict:
			_, found, _ = table.Get(key)
		case *starlark.Set:
			found, _ = table.Has(key)
		}
	}
	if found {
		return nil
	}
	return mayGrow(table, 1)
}

// mayGrow returns an error if too many keys of a dict or set collide, before it gets more: at most so many.
func mayGrow(table starlark.Value, more int) error {
	if !isDue(table, more) {
		return nil
	}
	left := visits(maxVisits)
	if left.hash(table, false); left < 0 {
		return errCrowded(table.Type())
	}
	return nil
}

// isDue tells whether to go through the keys of a dict or set before it gets more, at most so many: at some sizes only,
// eight for each power of two, so that a table that grows is gone through a few times.
func isDue(table starlark.Value, more int) bool {
	switch table.(type) {
	case *starlark.Dict, *starlark.Set:
	default:
		return false
	}
	n := starlark.Len(table)
	return n > fewKeys && (13-n)&(1<<(bits.Len(uint(n))-4)-1) < more // not at round sizes, where a script may keep a table
}

// itemsAtMost is how many items these values have; very many if one of them does not tell.
func itemsAtMost(values starlark.Tuple) (n int) {
	for _, v := range values {
		of := starlark.Len(v)
		if of < 0 {
			return math.MaxInt32
		}
		n += of
	}
	return n
}
