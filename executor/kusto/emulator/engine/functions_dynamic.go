package engine

import (
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/adx-mon/adxexporter/executor/query"
)

// maxItems bounds an array or a bag, as in the service.
const maxItems = 1 << 20

func ofArray(t query.Type, f func([]Value) Value) function {
	return fixedArity(1, 1, t, func(a []Value) Value {
		items, ok := a[0].obj.([]Value)
		if !ok {
			return Null(t)
		}
		return f(items)
	})
}

var packBag = fixedArity(0, -1, query.Dynamic, func(a []Value) Value {
	bag := newBag()
	for i := 0; i+1 < len(a); i += 2 {
		bag.set(a[i].Text(), a[i+1])
	}
	return bagOf(bag)
}).withNulls()

var dynamicFunctions = map[string]function{
	"array_length":    ofArray(query.Long, func(items []Value) Value { return Long(int64(len(items))) }),
	"array_sum":       ofArray(query.Real, arraySum),
	"array_reverse":   ofArray(query.Dynamic, func(items []Value) Value { items = slices.Clone(items); slices.Reverse(items); return Array(items) }),
	"array_sort_asc":  ofArray(query.Dynamic, func(items []Value) Value { return sortedArray(items, 1) }),
	"array_sort_desc": ofArray(query.Dynamic, func(items []Value) Value { return sortedArray(items, -1) }),
	"array_concat":    fixedArity(1, -1, query.Dynamic, arrayConcat),
	"array_slice":     fixedArity(3, 3, query.Dynamic, arraySlice),
	"array_index_of":  fixedArity(2, 2, query.Long, arrayIndexOf),
	"set_has_element": fixedArity(2, 2, query.Bool, func(a []Value) Value { return Bool(arrayIndexOf(a).n >= 0) }),
	"pack_array":      fixedArity(0, -1, query.Dynamic, func(a []Value) Value { return Array(slices.Clone(a)) }).withNulls(),
	"pack":            packBag,
	"bag_pack":        packBag,
	"bag_keys":        fixedArity(1, 1, query.Dynamic, bagKeys),
	"bag_has_key":     fixedArity(2, 2, query.Bool, bagHasKey),
	"bag_merge":       fixedArity(1, -1, query.Dynamic, bagMerge).withNulls(),
	"strcat_array":    fixedArity(2, 2, query.String, strcatArray),
	"range":           fixedArity(2, 3, query.Dynamic, rangeArray),
	"ingestion_time":  {min: 0, max: 0, result: always(query.DateTime), eval: func(b *binder, _ []Value) Value { return Time(b.now) }},
	"new_guid":        {min: 0, max: 0, volatile: true, result: always(query.GUID), eval: func(*binder, []Value) Value { return newGUID() }},
}

func arraySum(items []Value) Value {
	sum := 0.0
	for _, item := range items {
		if !item.Null && isNumeric(item.Type) {
			sum += item.number()
		}
	}
	return Real(sum)
}

func sortedArray(items []Value, sign int) Value {
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(x, y Value) int { return sign * orderOf(x, y) })
	return Array(items)
}

// orderOf is a total order: nulls first, then by type where values do not compare.
func orderOf(x, y Value) int {
	switch {
	case x.Null || y.Null:
		return boolIndex(y.Null) - boolIndex(x.Null)
	case isNaN(x) || isNaN(y):
		return boolIndex(isNaN(y)) - boolIndex(isNaN(x))
	}
	if order, ok := compareValues(x, y); ok {
		return order
	}
	return int(x.Type) - int(y.Type)
}

func boolIndex(b bool) int {
	if b {
		return 1
	}
	return 0
}

// arrayConcat leaves out the arrays that do not fit any more.
func arrayConcat(a []Value) Value {
	all, _ := a[0].obj.([]Value)
	all = slices.Clip(all) // Appending copies; a lone array is shared.
	for _, v := range a[1:] {
		items, _ := v.obj.([]Value)
		if len(all)+len(items) > maxItems {
			break
		}
		all = append(all, items...)
	}
	return Array(slices.Clip(all))
}

// arraySlice includes both ends; negative ones count from the end.
func arraySlice(a []Value) Value {
	items, ok := a[0].obj.([]Value)
	if !ok {
		return Null(query.Dynamic)
	}
	n := int64(len(items))
	bound := func(v Value) int64 {
		i := convert(v, query.Long).n
		if i < 0 {
			i += n
		}
		return i
	}
	from, to := max(0, bound(a[1])), min(n-1, bound(a[2]))
	if from > to {
		return Array([]Value{})
	}
	return Array(slices.Clone(items[from : to+1]))
}

func arrayIndexOf(a []Value) Value {
	items, _ := a[0].obj.([]Value)
	return Long(int64(slices.IndexFunc(items, func(item Value) bool { return equal(item, a[1]) })))
}

func bagKeys(a []Value) Value {
	bag, ok := a[0].obj.(*Bag)
	if !ok {
		return Null(query.Dynamic)
	}
	keys := make([]Value, len(bag.keys))
	for i, key := range bag.keys {
		keys[i] = String(key)
	}
	return Array(keys)
}

func bagHasKey(a []Value) Value {
	bag, ok := a[0].obj.(*Bag)
	if !ok {
		return Bool(false)
	}
	_, has := bag.values[a[1].Text()]
	return Bool(has)
}

// bagMerge keeps the leftmost value of a key.
func bagMerge(a []Value) Value {
	merged := newBag()
	for _, v := range a {
		bag, ok := v.obj.(*Bag)
		if !ok {
			continue
		}
		for _, key := range bag.keys {
			if _, has := merged.values[key]; !has && len(merged.keys) < maxItems {
				merged.set(key, bag.values[key])
			}
		}
	}
	return bagOf(merged)
}

func strcatArray(a []Value) Value {
	items, ok := a[0].obj.([]Value)
	if !ok {
		return Null(query.String)
	}
	return String(joinText(a[1].Text(), items))
}

func rangeArray(a []Value) Value {
	step := Long(1)
	switch {
	case len(a) == 3:
		step = a[2]
	case a[0].Type == query.DateTime:
		step = TimeSpan(ticksPerHour)
	}
	items := []Value{}
	for v := range series(a[0], a[1], step) {
		if len(items) >= maxItems {
			break
		}
		items = append(items, v)
	}
	return Array(items)
}

// newGUID returns a random GUID of version 4.
func newGUID() Value {
	var id [16]byte
	_, _ = rand.Read(id[:]) // It never fails.
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return Value{Type: query.GUID, s: fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])}
}
