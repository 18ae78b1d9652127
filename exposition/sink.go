package exposition

// TakesPast reports that a past window is of no use here: a scrape shows the
// newest values only.
func (s *Store) TakesPast() bool { return false }

// Endpoint is empty: there is only one exposition.
func (s *Store) Endpoint() string { return "" }

// ConditionReason is the reason that the exporter's conditions give.
func (e *ConflictError) ConditionReason() string { return "DuplicateSeries" }

// ConditionReason is the reason that the exporter's conditions give.
func (e *LimitError) ConditionReason() string { return "TooManySeries" }
