package exposition

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// ConflictKind is what two exporters disagree about.
type ConflictKind uint8

// The kinds.
const (
	// ConflictSeries: both have the same series; only the older one's are shown.
	ConflictSeries ConflictKind = iota
	// ConflictType: they give the metric different types; nothing that the
	// younger one has of this metric is shown.
	ConflictType
	// ConflictHelp: they give different help texts; all series are shown, with
	// the older one's text.
	ConflictHelp

	numConflictKinds = iota
)

var conflictKindNames = [numConflictKinds]string{
	ConflictSeries: "series", ConflictType: "type", ConflictHelp: "help",
}

// String returns the kind as the self-metrics show it.
func (k ConflictKind) String() string { return conflictKindNames[k] }

// Conflict is what an exporter loses to an older one.
type Conflict struct {
	// Family is the metric's name.
	Family string
	Kind   ConflictKind
	// Other is the older exporter, which wins.
	Other types.NamespacedName
	// Count is how many series are left out; none for ConflictHelp.
	Count int
}

var conflictSentences = [numConflictKinds]string{
	ConflictSeries: "%q: some series left out, since %s has the same",
	ConflictType:   "%q: left out, since %s has it with another type",
	ConflictHelp:   "%q: shown with the help text of %s",
}

// String says it for the owner of the exporter. Count is not in it, so that a
// status message stays the same from window to window.
func (c Conflict) String() string {
	return fmt.Sprintf(conflictSentences[c.Kind], c.Family, c.Other)
}

// maxConflictsInText keeps the text short enough for a status message.
const maxConflictsInText = 3

// ConflictError says that a delivery took effect, but not all of it is shown.
// Delivering it again changes nothing.
type ConflictError struct {
	// Conflicts are ordered by family, then by age of the other exporter.
	Conflicts []Conflict
}

// Error returns the first conflicts and how many more there are.
func (e *ConflictError) Error() string {
	shown := e.Conflicts[:min(len(e.Conflicts), maxConflictsInText)]
	texts := make([]string, len(shown), len(shown)+1)
	for i, c := range shown {
		texts[i] = c.String()
	}
	if more := len(e.Conflicts) - len(shown); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more conflicts", more))
	}
	return strings.Join(texts, "; ")
}

// LimitError says that a delivery took effect, but that series were left out
// because the store is full. A later delivery finds the room that others leave.
type LimitError struct {
	// Limit is how many series the store holds at most; LeftOut is how many of
	// the delivery's did not fit.
	Limit, LeftOut int
}

// Error names the limit only, so that a status message stays the same.
func (e *LimitError) Error() string {
	return fmt.Sprintf("some series left out, since this instance exposes at most %d", e.Limit)
}
