package criteria

import (
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// labelMap is the variable labels: a CEL map that answers "" for absent keys
// and does not care about a key's case. Presence (in), size and iteration are
// those of the labels that exist. Literals in an expression are folded already,
// but labels.Region and computed keys are not, so every key is folded here.
type labelMap struct {
	traits.Mapper
}

// newLabelMap wraps folded labels.
func newLabelMap(folded map[string]string) labelMap {
	return labelMap{types.NewStringStringMap(types.DefaultTypeAdapter, folded)}
}

// Find returns the value of a label, "" if there is none. A key that is no
// string is an error: it is a mistake, not an absent label.
func (m labelMap) Find(key ref.Val) (ref.Val, bool) {
	text, ok := key.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(key), false
	}
	if value, found := m.Mapper.Find(types.String(fold(string(text)))); found {
		return value, true
	}
	return types.String(""), true
}

// Get returns the value of a label, "" if there is none.
func (m labelMap) Get(key ref.Val) ref.Val {
	value, _ := m.Find(key)
	return value
}

// Contains reports whether the label exists.
func (m labelMap) Contains(key ref.Val) ref.Val {
	text, ok := key.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(key)
	}
	return m.Mapper.Contains(types.String(fold(string(text))))
}
