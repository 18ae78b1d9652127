package metric

import (
	"sync/atomic"
	"time"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/query"
)

// Compiler keeps the plan of one transform for as long as the answers have the
// same columns. The executor holds one for each generation of an exporter. It may
// be used by several transformers at once.
type Compiler struct {
	transform v1.TransformConfig
	opts      Options
	last      atomic.Pointer[Plan]
}

// NewCompiler returns a compiler for a transform.
func NewCompiler(transform v1.TransformConfig, opts Options) *Compiler {
	return &Compiler{transform: transform, opts: opts}
}

// Plan returns the plan for the columns of an answer; see Compile for the errors.
func (c *Compiler) Plan(columns []query.Column) (*Plan, error) {
	if plan := c.last.Load(); plan != nil && plan.Matches(columns) {
		return plan, nil
	}
	plan, err := Compile(c.transform, columns, c.opts)
	if err != nil {
		return nil, err
	}
	c.last.Store(plan)
	return plan, nil
}

// Transformer is the query.Consumer that turns an answer into a batch. Like the
// builder in it, it keeps its memory and is for one goroutine at a time. The zero
// value is ready for Reset.
type Transformer struct {
	builder  Builder
	compiler *Compiler
	at       time.Time
	started  bool
}

var _ query.Consumer = (*Transformer)(nil)

// Reset makes the transformer ready for an answer. The last batch becomes invalid.
// Rows have the time at if the transform has no timestamp column.
func (t *Transformer) Reset(compiler *Compiler, at time.Time) {
	t.compiler, t.at, t.started = compiler, at, false
}

// Columns compiles the transform for the answer, unless that is done already.
func (t *Transformer) Columns(columns []query.Column) error {
	plan, err := t.compiler.Plan(columns)
	if err != nil {
		return err
	}
	t.builder.Reset(plan, t.at)
	t.started = true
	return nil
}

// Row adds the points of a row.
func (t *Transformer) Row(cells []query.Cell) error { return t.builder.Row(cells) }

// Finish returns the batch, valid until the next Reset. It is empty if no answer
// came.
func (t *Transformer) Finish() *Batch {
	if !t.started {
		return &Batch{}
	}
	return t.builder.Finish()
}

// Bytes returns about how much memory the answer takes so far.
func (t *Transformer) Bytes() int64 {
	if !t.started {
		return 0
	}
	return t.builder.bytes()
}
