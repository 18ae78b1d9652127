package app

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/query"
)

// slowKusto answers after a time, and then gives a row after each of its waits.
type slowKusto struct {
	first time.Duration
	rows  []time.Duration
	err   error
}

func (k slowKusto) Query(_ context.Context, _ query.Request, consumer query.Consumer) (query.Stats, error) {
	time.Sleep(k.first)
	if err := consumer.Columns(nil); err != nil {
		return query.Stats{}, err
	}
	for _, wait := range k.rows {
		time.Sleep(wait)
		if err := consumer.Row(nil); err != nil {
			return query.Stats{}, err
		}
	}
	return query.Stats{Rows: int64(len(k.rows))}, k.err
}

// tally counts what a consumer is given.
type tally struct{ columns, rows int }

func (c *tally) Columns([]query.Column) error { c.columns++; return nil }
func (c *tally) Row([]query.Cell) error       { c.rows++; return nil }

// TestWaiting: a person who waits is told so in one line, which is gone when there is
// an answer or a failure, and everything else is as without.
func TestWaiting(t *testing.T) {
	const ms = time.Millisecond
	broken := errors.New("the answer breaks off")
	cases := map[string]struct {
		reason string
		kusto  slowKusto
		want   string
	}{
		"Quick": {"nothing is shown", slowKusto{first: 900 * ms, rows: []time.Duration{0}}, ""},
		"Slow": {
			"from the first second on",
			slowKusto{first: 2500 * ms},
			"\rwaiting for Kusto  1 s\rwaiting for Kusto  2 s\r                      \r",
		},
		"Rows": {
			"those that have been read",
			slowKusto{first: 500 * ms, rows: []time.Duration{100 * ms, 900 * ms, 900 * ms}},
			"\r1 row read  1 s\r2 rows read  2 s\r                \r",
		},
		"Shorter": {
			"nothing of a longer line stays",
			slowKusto{first: 1500 * ms, rows: []time.Duration{0, time.Second}},
			"\rwaiting for Kusto  1 s\r1 row read  2 s       \r                      \r",
		},
		"Failure": {"an error stands on a line of its own", slowKusto{first: 1500 * ms, err: broken}, "\rwaiting for Kusto  1 s\r                      \r"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				var got tally
				stats, err := waiting{tc.kusto, &out}.Query(t.Context(), query.Request{}, &got)
				require.Equal(t, tc.want, out.String(), tc.reason)
				require.Equal(t, tc.kusto.err, err)
				require.Equal(t, tally{1, len(tc.kusto.rows)}, got)
				require.Equal(t, int64(len(tc.kusto.rows)), stats.Rows)
			})
		})
	}
}
