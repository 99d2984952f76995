package star

import (
	"errors"
	"math"
	"math/bits"
	"reflect"
	"sync/atomic"

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

// Binary returns its right operand.
func (growing) Binary(_ syntax.Token, v starlark.Value, _ starlark.Side) (starlark.Value, error) {
	return v, mayGrow(v)
}

// looked remembers of tables how many keys they had when mayGrow last went through them: of a few, by address, since a
// second look costs time only.
var looked [1 << 12]atomic.Uint64

// mayGrow returns an error if too many keys of a dict or set collide. It looks each time that the table has grown by a quarter.
func mayGrow(table starlark.Value) error {
	var n int
	switch t := table.(type) {
	case *starlark.Dict:
		n = t.Len()
	case *starlark.Set:
		n = t.Len()
	}
	if n <= fewKeys {
		return nil
	}
	address := uint32(reflect.ValueOf(table).Pointer() >> 4)
	last := &looked[address*0x9e3779b1>>20]
	if seen := last.Load(); uint32(seen>>32) == address {
		if before := int(uint32(seen)); n < before+before/4 && n > before/2 {
			return nil
		}
	}
	last.Store(uint64(address)<<32 | uint64(uint32(n)))
	left := visits(maxVisits)
	if left.hash(table, false); left < 0 {
		return errCrowded(table.Type())
	}
	return nil
}
