package app

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/offline"
	"github.com/adx-mon/adxexporter/executor/query"
)

// patience is how long a person waits without being told why, and then how often the
// line is written over.
const patience = time.Second

// waiting is a Kusto that lets a person know that it is still busy: a line that is
// written over, and gone before Query returns. A quick answer shows nothing.
type waiting struct {
	offline.Querier

	out io.Writer
}

// Query asks Kusto, and shows how long it has taken.
func (w waiting) Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error) {
	counted := &counted{Consumer: consumer}
	answered := make(chan struct{})
	var showing sync.WaitGroup
	showing.Go(func() { w.show(answered, &counted.rows) })
	defer showing.Wait()
	defer close(answered)
	return w.Querier.Query(ctx, request, counted)
}

// show writes the line until there is an answer, and wipes it away.
func (w waiting) show(answered <-chan struct{}, rows *atomic.Int64) {
	began, width := time.Now(), 0
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for {
		select {
		case <-answered:
			if width > 0 {
				_, _ = fmt.Fprintf(w.out, "\r%s\r", strings.Repeat(" ", width))
			}
			return
		case <-tick.C:
		}
		line := waitingLine(rows.Load(), time.Since(began))
		_, _ = fmt.Fprintf(w.out, "\r%-*s", width, line) // what is longer is overwritten to its end
		width = max(width, len(line))
	}
}

// waitingLine says what is waited for.
func waitingLine(rows int64, so time.Duration) string {
	seconds := int(so / time.Second)
	switch rows {
	case 0:
		return fmt.Sprintf("waiting for Kusto  %d s", seconds)
	case 1:
		return fmt.Sprintf("1 row read  %d s", seconds)
	}
	return fmt.Sprintf("%d rows read  %d s", rows, seconds)
}

// counted counts the rows that a consumer is given.
type counted struct {
	query.Consumer

	rows atomic.Int64
}

// Row counts a row, and passes it on.
func (c *counted) Row(cells []query.Cell) error {
	c.rows.Add(1)
	return c.Consumer.Row(cells)
}
