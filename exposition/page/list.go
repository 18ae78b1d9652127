package page

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// maxListed is how many exporters a page lists; a browser is slow with more, and so
// is a person.
const maxListed = 500

// filter is what a reader wants to see of the exporters.
type filter struct {
	query string
	state State
	// sort is the name of a column, and descending its direction.
	sort       string
	descending bool
}

// columns are what exporters can be sorted by. Names break ties.
var columns = map[string]func(a, b Exporter) int{
	"state":    func(a, b Exporter) int { return cmp.Compare(a.State.urgency(), b.State.urgency()) },
	"exporter": func(Exporter, Exporter) int { return 0 },
	"owner":    func(a, b Exporter) int { return cmp.Compare(a.Owner, b.Owner) },
	"last":     func(a, b Exporter) int { return a.LastRun.Compare(b.LastRun) },
	"next":     func(a, b Exporter) int { return a.NextRun.Compare(b.NextRun) },
	"duration": func(a, b Exporter) int { return cmp.Compare(a.Duration, b.Duration) },
	"points":   func(a, b Exporter) int { return cmp.Compare(a.Points, b.Points) },
	"dropped":  func(a, b Exporter) int { return cmp.Compare(a.Dropped, b.Dropped) },
	"lag":      func(a, b Exporter) int { return cmp.Compare(a.Lag, b.Lag) },
	"backlog":  func(a, b Exporter) int { return cmp.Compare(a.Backlog, b.Backlog) },
}

// defaultSort puts on top what needs somebody most.
const defaultSort = "state"

// parseSort reads a column, with a minus before it for the other direction. What is
// no column is the default.
func parseSort(text string) (column string, descending bool) {
	column, descending = strings.CutPrefix(text, "-")
	if _, ok := columns[column]; !ok {
		return defaultSort, false
	}
	return column, descending
}

// list returns the page of exporters: filtered, sorted and cut.
func list(all []Exporter, f filter, now time.Time) Exporters {
	page := Exporters{
		At: now, Query: f.query, State: f.state, Sort: f.sort,
		Total: len(all), States: map[State]int{},
	}
	if f.descending {
		page.Sort = "-" + f.sort
	}
	matching := make([]Exporter, 0, len(all))
	for _, e := range all {
		page.States[e.State]++
		if f.matches(e) {
			matching = append(matching, e)
		}
	}
	slices.SortFunc(matching, f.compare)
	page.Matching = len(matching)
	page.LeftOut = max(0, len(matching)-maxListed)
	page.Exporters = matching[:len(matching)-page.LeftOut]
	return page
}

func (f filter) matches(e Exporter) bool {
	if f.state != "" && e.State != f.state {
		return false
	}
	if f.query == "" {
		return true
	}
	query := strings.ToLower(f.query)
	return slices.ContainsFunc([]string{e.Key(), e.Owner, e.Reason, e.Message}, func(text string) bool {
		return strings.Contains(strings.ToLower(text), query)
	})
}

func (f filter) compare(a, b Exporter) int {
	order, ok := columns[f.sort]
	if !ok {
		order = columns[defaultSort]
	}
	by := order(a, b)
	if by == 0 {
		by = cmp.Compare(a.Key(), b.Key())
	}
	if f.descending {
		return -by
	}
	return by
}

// merge returns each exporter once. One that two replicas report is on its way: the
// one that the table names counts, and else the one that ran it last. One that is
// assigned and reported by nobody is unknown.
func merge(reported []Exporter, assigned []Assignment) []Exporter {
	owners := make(map[string]string, len(assigned))
	for _, a := range assigned {
		owners[a.Namespace+"/"+a.Name] = a.Owner
	}
	best := make(map[string]Exporter, len(reported))
	for _, e := range reported {
		if other, ok := best[e.Key()]; !ok || better(e, other, owners[e.Key()]) {
			best[e.Key()] = e
		}
	}
	all := make([]Exporter, 0, len(best))
	for _, e := range best {
		all = append(all, e)
	}
	for _, a := range assigned {
		if _, ok := best[a.Namespace+"/"+a.Name]; !ok {
			all = append(all, unreported(a))
		}
	}
	return all
}

func better(e, other Exporter, owner string) bool {
	if e.Owner != other.Owner && (e.Owner == owner || other.Owner == owner) {
		return e.Owner == owner
	}
	return e.LastRun.After(other.LastRun)
}

// unreported is an exporter that no replica has told of.
func unreported(a Assignment) Exporter {
	e := Exporter{Namespace: a.Namespace, Name: a.Name, Owner: a.Owner, State: StateUnknown, Lag: -1}
	e.Message = "No replica that answered runs it."
	if a.Owner == "" {
		e.Message = "No replica has been given it yet."
	}
	return e
}
