package ops

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
)

// Format is how a status is printed.
type Format string

// The formats.
const (
	Text Format = "text"
	JSON Format = "json"
)

// notRun is the reason given of an exporter without a status.
const notRun = "NotRun"

// List is how the exporters of a namespace are, or all.
type List struct {
	// Namespace is empty for all.
	Namespace string `json:"namespace,omitempty"`
	Exporters []Row  `json:"exporters"`
}

// Row is how one exporter is, in short.
type Row struct {
	Exporter string `json:"exporter"`
	// Ready is True, False or Unknown.
	Ready metav1.ConditionStatus `json:"ready"`
	// Reason is the condition's, or NotRun if nobody runs the exporter.
	Reason string `json:"reason"`
	// Owners are the pods that run it, one for each cluster-label set.
	Owners []string `json:"owners"`
	// LastSuccess is the end of the newest window that succeeded everywhere, and
	// LagSeconds how long ago that is; absent if there is none.
	LastSuccess *metav1.Time `json:"lastSuccess,omitempty"`
	LagSeconds  *float64     `json:"lagSeconds,omitempty"`
	Series      int64        `json:"series"`
	// BacklogWindows and DeadLetterWindows are numbers of windows over all
	// cluster-label sets.
	BacklogWindows    int64 `json:"backlogWindows"`
	DeadLetterWindows int64 `json:"deadLetterWindows"`
}

// NewList returns how exporters are, in the order of their names.
func NewList(namespace string, exporters []v1.MetricsExporter, now time.Time) List {
	list := List{Namespace: namespace, Exporters: []Row{}}
	for i := range exporters {
		list.Exporters = append(list.Exporters, newRow(&exporters[i], now))
	}
	slices.SortFunc(list.Exporters, func(a, b Row) int { return cmp.Compare(a.Exporter, b.Exporter) })
	return list
}

func newRow(object *v1.MetricsExporter, now time.Time) Row {
	row := Row{
		Exporter: keyOf(object).String(), Ready: metav1.ConditionUnknown, Reason: notRun, Owners: []string{},
		LastSuccess: object.Status.LastSuccessfulExecution, Series: object.Status.Series, BacklogWindows: object.Status.BacklogWindows,
	}
	if ready := meta.FindStatusCondition(object.Status.Conditions, v1.ConditionReady); ready != nil {
		row.Ready, row.Reason = ready.Status, ready.Reason
	}
	if row.LastSuccess != nil {
		row.LagSeconds = new(now.Sub(row.LastSuccess.Time).Seconds())
	}
	for _, group := range object.Status.Groups {
		row.Owners = append(row.Owners, podOf(group.Owner))
		row.DeadLetterWindows += backlog.Buried(group, intervalOf(object))
	}
	return row
}

// intervalOf returns the exporter's interval; never zero, also of an object that an
// older CRD let through.
func intervalOf(object *v1.MetricsExporter) time.Duration {
	return max(object.Spec.Interval.Duration, time.Second)
}

func keyOf(object *v1.MetricsExporter) types.NamespacedName {
	return types.NamespacedName{Namespace: object.Namespace, Name: object.Name}
}

// Ready reports whether all of them are.
func (l List) Ready() bool {
	return !slices.ContainsFunc(l.Exporters, func(r Row) bool { return r.Ready != metav1.ConditionTrue })
}

func (l List) text(w io.Writer) {
	if len(l.Exporters) == 0 {
		where := ""
		if l.Namespace != "" {
			where = fmt.Sprintf(" in namespace %q", l.Namespace)
		}
		_, _ = fmt.Fprintf(w, "There are no exporters%s.\n", where)
		return
	}
	rows := [][]string{{"EXPORTER", "READY", "REASON", "OWNER", "LAST SUCCESS", "LAG", "SERIES", "BACKLOG", "DEAD LETTERS"}}
	for _, r := range l.Exporters {
		rows = append(rows, r.cells())
	}
	aligned(w, "", rows)
}

func (r Row) cells() []string {
	owner, lag := "", ""
	if len(r.Owners) > 0 {
		owner = r.Owners[0]
	}
	if more := len(r.Owners) - 1; more > 0 {
		owner = fmt.Sprintf("%s and %d more", owner, more)
	}
	if r.LagSeconds != nil {
		lag = short(time.Duration(*r.LagSeconds * float64(time.Second)))
	}
	return []string{
		r.Exporter, string(r.Ready), r.Reason, owner, instant(r.LastSuccess), lag,
		strconv.FormatInt(r.Series, 10), strconv.FormatInt(r.BacklogWindows, 10), strconv.FormatInt(r.DeadLetterWindows, 10),
	}
}

// View is what status shows.
type View interface {
	// Ready reports whether everything that is shown is ready.
	Ready() bool
	text(w io.Writer)
}

// Write prints a view: JSON by its fields, text for people.
func Write(w io.Writer, format Format, view View) error {
	if format == JSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(view)
	}
	view.text(w)
	return nil
}

// Look reads what status shows: one exporter, or without a name those of a
// namespace, or of all.
func (s *Session) Look(ctx context.Context, key types.NamespacedName, now func() time.Time) (View, error) {
	if key.Name == "" {
		found, err := s.list(ctx, key.Namespace)
		if err != nil {
			return nil, err
		}
		return NewList(key.Namespace, found, now()), nil
	}
	found, err := s.get(ctx, key)
	if err != nil {
		return nil, err
	}
	return NewDetail(found, now()), nil
}
