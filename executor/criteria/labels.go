package criteria

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MaxLength is how many bytes the canonical form of a label set may have. The
// API's status.groups[].labels holds no more.
const MaxLength = 4096

// The causes of a LabelError.
var (
	ErrNoValue      = errors.New("it has no value; want key=value")
	ErrEmptyKey     = errors.New("the key is empty")
	ErrEmptyValue   = errors.New("the value is empty; leave the label out instead")
	ErrDuplicateKey = errors.New("the key is given twice; case does not count")
	ErrTooLong      = errors.New("the labels are longer than 4096 bytes")
)

// LabelError says which cluster label is wrong.
type LabelError struct {
	// Label is the pair as it was given, or the key that is given twice.
	Label string
	// Cause is one of the package's Err values.
	Cause error
}

// Error names the label and the cause.
func (e *LabelError) Error() string {
	return fmt.Sprintf("cannot parse cluster label %q: %v", e.Label, e.Cause)
}

// Unwrap returns the cause.
func (e *LabelError) Unwrap() error { return e.Cause }

// Labels are the cluster labels of an instance, spelled as the user gave them,
// because queries see the values.
type Labels map[string]string

// ParseLabels reads the values of a flag that may be repeated and whose values
// are lists: region=eastus,team=sre. A value may contain "=", but no comma.
//
// An empty value is refused: it most often is a variable that did not expand,
// and to the criteria it would be the same as no label at all.
func ParseLabels(flags []string) (Labels, error) {
	labels := make(Labels)
	seen := make(map[string]bool)
	for pair := range pairs(flags) {
		key, value, err := cut(pair)
		if err != nil {
			return nil, &LabelError{Label: pair, Cause: err}
		}
		if seen[fold(key)] {
			return nil, &LabelError{Label: key, Cause: ErrDuplicateKey}
		}
		seen[fold(key)] = true
		labels[key] = value
	}
	if canonical := labels.String(); len(canonical) > MaxLength {
		return nil, &LabelError{Label: canonical[:32] + "...", Cause: ErrTooLong}
	}
	return labels, nil
}

// pairs yields the non-empty parts of all lists.
func pairs(flags []string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, list := range flags {
			for pair := range strings.SplitSeq(list, ",") {
				if pair = strings.TrimSpace(pair); pair != "" && !yield(pair) {
					return
				}
			}
		}
	}
}

// cut splits one pair at its first "=".
func cut(pair string) (key, value string, err error) {
	key, value, found := strings.Cut(pair, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	switch {
	case key == "":
		return "", "", ErrEmptyKey
	case !found:
		return "", "", ErrNoValue
	case value == "":
		return "", "", ErrEmptyValue
	default:
		return key, value, nil
	}
}

// String returns the canonical form: lower-cased key=value pairs, sorted by key
// and joined with commas. Two sets have the same form exactly if no criteria can
// tell them apart.
func (l Labels) String() string {
	folded := foldLabels(l)
	var b strings.Builder
	for i, key := range slices.Sorted(maps.Keys(folded)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(key + "=" + folded[key])
	}
	return b.String()
}

// Group returns the name of the label set: g and ten characters of the
// canonical form's hash. It is a valid DNS label. Ten characters are 50 bits, so
// a thousand sets in one cluster collide with a chance of one in two billion.
func (l Labels) Group() string {
	sum := sha256.Sum256([]byte(l.String()))
	return "g" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:10]
}

// fold makes two spellings of a key or value the same.
func fold(s string) string { return strings.ToLower(s) }

// foldLabels folds keys and values.
func foldLabels(labels map[string]string) map[string]string {
	folded := make(map[string]string, len(labels))
	for key, value := range labels {
		folded[fold(key)] = fold(value)
	}
	return folded
}
