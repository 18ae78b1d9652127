package sim

import (
	"context"
	"hash/fnv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/e2e/history"
	"github.com/adx-mon/adxexporter/executor/query"
)

// kusto is the database as a host asks it.
type kusto struct{ *Host }

// Schema implements executor.Querier.
func (k kusto) Schema(ctx context.Context, _ query.Request) ([]query.Column, error) {
	k.standIn(&k.world.preflight)
	return columns, k.think(ctx, 20*time.Millisecond)
}

var columns = []query.Column{{Name: "time", Type: query.DateTime}, {Name: "value", Type: query.Real}}

// Query implements executor.Querier.
func (k kusto) Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error) {
	_, frozen := k.frozenNow()
	k.gate()
	key := keyOf(request.RequestID)
	if k.dead.Load() {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return query.Stats{}, &query.Error{Class: query.Aborted, Message: "Stopped.", Err: ctx.Err()}
	}
	fence, _ := k.guard.CanAct(key)
	mine := right{k.guard.Identity(), fence}
	k.mu.Lock()
	k.fences[key] = mine
	k.mu.Unlock()
	k.world.journal.Add(history.Event{
		Kind: history.Query, At: time.Now(), Exporter: key.Name, Start: request.Start, End: request.End,
		Owner: mine.owner, Fence: fence, Frozen: frozen,
	})
	if err := k.think(ctx, k.world.queryTime()); err != nil {
		return query.Stats{}, err
	}
	if k.world.happens(k.world.Faults.QueryFails) {
		return query.Stats{}, &query.Error{Class: query.Transient, Message: "Kusto is busy."}
	}
	if err := consumer.Columns(columns); err != nil {
		return query.Stats{}, err
	}
	return query.Stats{Rows: 1}, consumer.Row([]query.Cell{{Int: query.Ticks(request.Start)}, {Real: valueOf(key, request.Start)}})
}

// valueOf is what Kusto holds of an exporter and a time.
func valueOf(key types.NamespacedName, start time.Time) float64 {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(key.Name + start.UTC().String())) // a hash never fails
	return float64(sum.Sum32())
}

// think takes some time, unless it is stopped.
func (k kusto) think(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		k.gate()
		return &query.Error{Class: query.Aborted, Message: "Stopped.", Err: ctx.Err()}
	case <-time.After(d):
		k.gate()
		return nil
	}
}

// keyOf returns the exporter of a request id, "pod;namespace/name;window;...".
func keyOf(id string) types.NamespacedName {
	namespace, name, ok := strings.Cut(strings.Split(id, ";")[1], "/")
	if !ok {
		panic("not a request id: " + id)
	}
	return types.NamespacedName{Namespace: namespace, Name: name}
}
