package executor

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// Guard answers "may this replica act for this exporter, now?". It is asked
// before a query, before each delivery and before a commit. What a replica does
// under one fence is over before anybody else gets a higher one.
type Guard interface {
	// Identity is how this process signs its commits: pod/uid/nonce.
	Identity() string
	// CanAct returns the fence under which this replica may act for the exporter.
	CanAct(exporter types.NamespacedName) (fence int64, ok bool)
	// Fresh returns nil once the right has been confirmed so recently that what is
	// pushed now is hardly pushed again by a successor. It waits for that as long as
	// the right lasts.
	Fresh(ctx context.Context, exporter types.NamespacedName) error
	// Bind returns a context that ends no later than the right to act.
	Bind(ctx context.Context, exporter types.NamespacedName) (context.Context, context.CancelFunc)
}

// Querier asks Kusto. Its errors are of type *query.Error, except those of the
// consumer, which it returns as they are.
type Querier interface {
	// Query runs the request and hands the answer to the consumer. The rows count
	// only if the error is nil.
	Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error)
	// Schema returns the columns that the request's answer would have.
	Schema(ctx context.Context, request query.Request) ([]query.Column, error)
}

// Sink is a way out for a window's points.
type Sink interface {
	// Name is the sink's name in spec.outputs.
	Name() string
	// Endpoint tells sinks of one name apart; empty if there is only one.
	Endpoint() string
	// TakesPast reports whether windows older than the newest are of use. Windows
	// that such a sink misses wait in the backlog.
	TakesPast() bool
	// InOrder reports whether the windows of an exporter must come in order: newer
	// ones wait behind those that the sink has still to get. A backfill is out of
	// order by nature.
	InOrder() bool
	// Deliver takes a window's points; the batch is valid until it returns. An
	// error is worth another try, unless it is a DeliveryError that says otherwise. One
	// with Wait() time.Duration says how long the receiver wants to be left alone, and
	// one whose NotTried() is true that it was not asked at all: that is no attempt.
	Deliver(ctx context.Context, delivery metric.Delivery) error
	// End ends the exporter's series: it was deleted or suspended. No delivery of
	// it is under way, unless the sink has no use for past windows.
	End(exporter types.NamespacedName)
	// Forget drops what the sink keeps of the exporter, which goes on elsewhere: its
	// series do not end. No delivery of it is under way, as for End.
	Forget(exporter types.NamespacedName)
}

// Rester is a Sink that leaves its receiver alone for a while when that fails.
// Kusto is not asked for a window of the backlog that would find all its sinks
// resting.
type Rester interface {
	// RestsUntil returns when the sink delivers again; a time of the past, or zero, if
	// it does now.
	RestsUntil() time.Time
}

// DeliveryError is what a Sink's error can say of the delivery.
type DeliveryError interface {
	error
	// Permanent reports whether another try is of no use.
	Permanent() bool
	// Partial reports whether the sink took the rest of the delivery.
	Partial() bool
	// ConditionReason is the reason that the exporter's conditions give.
	ConditionReason() string
}

// ErrOutdated is what a Recorder returns when the stored entry is not the one that
// the commit follows on: somebody else has written it since. What this replica
// knows of the exporter is of no use any more.
var ErrOutdated = errors.New("the status has been written by somebody else")

// Recorder makes a commit durable. It returns the entry as it is stored, whose seq
// may be ahead of the commit's.
type Recorder interface {
	Record(ctx context.Context, commit Commit) (stored v1.GroupStatus, err error)
}

// Commit is one write of an exporter's status.
type Commit struct {
	Exporter types.NamespacedName
	UID      types.UID
	// Entry is this group's entry, complete.
	Entry v1.GroupStatus
	// Events are what changed, for people.
	Events []Event
}

// Event is a change that people want to hear of, once.
type Event struct {
	// Warning is set when something needs attention.
	Warning bool
	Reason  string
	Message string
}
