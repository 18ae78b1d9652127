package kusto

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	sdkkql "github.com/Azure/azure-kusto-go/azkustodata/kql"

	"github.com/adx-mon/adxexporter/executor/query"
)

// question is one query with everything that it needs.
type question struct {
	cluster   *cluster
	req       query.Request // with every bound set
	statement Statement
	options   []azkustodata.QueryOption
	out       query.Consumer
}

// Query asks one question and hands the answer's rows to out as they arrive.
// What out got counts only if the error is nil.
func (p *Pool) Query(ctx context.Context, req query.Request, out query.Consumer) (query.Stats, error) {
	return p.ask(ctx, req, out)
}

// Schema returns the columns that req's answer would have, without running it.
func (p *Pool) Schema(ctx context.Context, req query.Request) ([]query.Column, error) {
	var s schema
	_, err := p.ask(ctx, req, &s, azkustodata.QueryResultsApplyGetschema())
	return s.columns, err
}

// Ping asks database for one constant.
func (p *Pool) Ping(ctx context.Context, database string) error {
	_, err := p.ask(ctx, query.Request{Database: database, Body: "print ok = 1", Timeout: 10 * time.Second}, discard{})
	return err
}

func (p *Pool) ask(ctx context.Context, req query.Request, out query.Consumer, extra ...azkustodata.QueryOption) (stats query.Stats, err error) {
	q, err := p.question(req, out, extra)
	if err != nil {
		return query.Stats{}, err
	}
	defer func() { p.metrics.asked(q.cluster.host, stats, err) }()
	place, err := q.cluster.limiter.acquire(ctx)
	if err != nil {
		return query.Stats{}, noPlace(err)
	}
	// Deferred, because a consumer that panics must not keep the place.
	defer func() { q.cluster.settle(place, err) }()
	return p.run(ctx, q)
}

func (p *Pool) question(req query.Request, out query.Consumer, extra []azkustodata.QueryOption) (question, error) {
	c, known := p.byName[req.Database]
	if !known {
		return question{}, fail(query.NoEndpoint, "no_endpoint", fmt.Sprintf("No endpoint is configured for database %q.", req.Database))
	}
	s, err := Render(req)
	if err != nil {
		return question{}, err
	}
	req = p.bounded(req)
	return question{cluster: c, req: req, statement: s, options: append(p.queryOptions(req, s), extra...), out: out}, nil
}

// settle gives a place back and tells the limiter how the query ended.
func (c *cluster) settle(place permit, err error) {
	switch e, ok := errors.AsType[*query.Error](err); {
	case err == nil:
		c.limiter.answer()
	case ok && e.Class == query.Throttled:
		c.limiter.throttle(place, e.RetryAfter)
	default:
		c.limiter.release()
	}
}

// noPlace is the error of a query that was never sent.
func noPlace(err error) error {
	e := classifyContext(err)
	if e.Class == query.Aborted {
		return e
	}
	return failWith(query.Throttled, "no_place", "The endpoint is busy with other queries.", err)
}

// run sends the query, once more if Kusto does not accept the token: it may have
// been revoked since we got it.
func (p *Pool) run(ctx context.Context, q question) (query.Stats, error) {
	var state call
	stats, err := p.send(ctx, q, &state)
	if state.status != http.StatusUnauthorized || state.token == "" {
		return stats, err
	}
	p.tokens.forget(ctx, state.token)
	return p.send(ctx, q, &call{})
}

func (p *Pool) send(ctx context.Context, q question, state *call) (query.Stats, error) {
	// The SDK derives a context that it never cancels; ours bounds its life.
	ctx, cancel := context.WithTimeout(withCall(ctx, state), q.req.Timeout+p.grace)
	defer cancel()
	started := time.Now()
	n, err := q.exchange(ctx)
	stats := query.Stats{Rows: n.rows, Bytes: n.bytes, Duration: time.Since(started), ActivityID: state.activityID}
	if own := consumersOwn(err); own != nil {
		return stats, own
	}
	if err != nil {
		return stats, state.classify(ctx, err, q.statement.lines())
	}
	return stats, nil
}

func (q question) exchange(ctx context.Context) (counts, error) {
	body, err := q.cluster.client.RawV2(ctx, q.req.Database, sdkkql.New("").AddUnsafe(q.statement.Body), q.options)
	if err != nil {
		return counts{}, err
	}
	// An error of closing adds nothing: a complete answer was read to its end,
	// and an incomplete one has its own error.
	defer func() { _ = body.Close() }()
	return decode(body, limits{rows: q.req.MaxRows, bytes: q.req.MaxBytes}, q.statement.lines(), q.out)
}

// discard is a consumer that drops the answer.
type discard struct{}

// Columns implements query.Consumer.
func (discard) Columns([]query.Column) error { return nil }

// Row implements query.Consumer.
func (discard) Row([]query.Cell) error { return nil }
