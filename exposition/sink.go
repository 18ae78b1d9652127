package exposition

import "k8s.io/apimachinery/pkg/types"

// TakesPast reports that a past window is of no use here: a scrape shows the
// newest values only.
func (s *Store) TakesPast() bool { return false }

// InOrder reports that nothing has to wait for a window of the past.
func (s *Store) InOrder() bool { return false }

// End takes the exporter's series away.
func (s *Store) End(exporter types.NamespacedName) { s.Forget(exporter) }

// Endpoint is empty: there is only one exposition.
func (s *Store) Endpoint() string { return "" }

// Permanent reports that delivering again changes nothing.
func (e *ConflictError) Permanent() bool { return true }

// Partial reports that everything else is shown.
func (e *ConflictError) Partial() bool { return true }

// Permanent reports that delivering again changes nothing.
func (e *LimitError) Permanent() bool { return true }

// Partial reports that everything else is shown.
func (e *LimitError) Partial() bool { return true }

// ConditionReason is the reason that the exporter's conditions give.
func (e *ConflictError) ConditionReason() string { return "DuplicateSeries" }

// ConditionReason is the reason that the exporter's conditions give.
func (e *LimitError) ConditionReason() string { return "TooManySeries" }
