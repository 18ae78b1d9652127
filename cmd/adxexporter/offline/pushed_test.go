package offline_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/offline"
	"github.com/adx-mon/adxexporter/executor/query"
	"github.com/adx-mon/adxexporter/push/remotewrite"
)

// services answers with a row for each of many services.
type services int

func (n services) Query(_ context.Context, _ query.Request, consumer query.Consumer) (query.Stats, error) {
	columns := []query.Column{{Name: "Service", Type: query.String}, {Name: "Timestamp", Type: query.DateTime}, {Name: "Value", Type: query.Real}}
	if err := consumer.Columns(columns); err != nil {
		return query.Stats{}, err
	}
	for i := range int(n) {
		row := []query.Cell{{Text: fmt.Append(nil, i)}, {Int: query.Ticks(at("2026-01-01T10:00:00Z"))}, {Real: float64(i)}}
		if err := consumer.Row(row); err != nil {
			return query.Stats{}, err
		}
	}
	return query.Stats{}, nil
}

func question(t *testing.T) offline.Question {
	t.Helper()
	e := exporter(t, latency)
	return offline.Question{Exporter: e, Window: offline.LatestWindow(&e.Spec, at("2026-01-01T10:01:00Z"))}
}

// TestPushedIsSplit: the limits are the senders' own, so a window that is too
// large for a request is shown in as many as production needs.
func TestPushedIsSplit(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		rows         services
		format       offline.Format
		version      remotewrite.Version
		wantProtocol string
		want         []int
	}{
		"OTLP":         {10_001, offline.FormatOTLP, 0, "OTLP over HTTP", []int{10_000, 1}},
		"RemoteWrite":  {2001, offline.FormatRemoteWrite, remotewrite.VersionAuto, "Remote-Write 2.0", []int{2000, 1}},
		"RemoteWrite1": {2001, offline.FormatRemoteWrite, remotewrite.Version1, "Remote-Write 1.0", []int{2000, 1}},
		"Nothing":      {0, offline.FormatRemoteWrite, remotewrite.Version2, "", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := question(t).Ask(t.Context(), c.rows, 0)
			require.NoError(t, err)
			requests, err := answer.Pushed(t.Context(), c.format, offline.Push{RemoteWrite: c.version})
			require.NoError(t, err)
			var points []int
			for _, r := range requests {
				require.Equal(t, c.wantProtocol, r.Protocol)
				require.NotZero(t, r.WireBytes)
				points = append(points, r.Points)
			}
			require.Equal(t, c.want, points)
			if len(requests) > 0 {
				require.Less(t, 2*requests[0].WireBytes, requests[0].PlainBytes, "the body as it is sent")
			}
		})
	}
}

func TestPreviewNumbersRequests(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := offline.Preview{Question: question(t), Querier: services(2001), Format: offline.FormatRemoteWrite}
	require.NoError(t, p.Write(t.Context(), &out))
	require.Contains(t, out.String(), "\nRequest 1 of 2: Remote-Write 2.0, 2000 points, ")
	require.Contains(t, out.String(), "\nRequest 2 of 2: Remote-Write 2.0, 1 point, ")
	require.Contains(t, out.String(), "\n{Service=\"2000\",__name__=\"latency_ms\"} 2000 @1767261600000\n\n2001 rows became 2001 points in 2001 series.\n")
}

// expiring answers like services, and ends the context then.
type expiring struct {
	services
	cancel context.CancelFunc
}

func (e expiring) Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error) {
	defer e.cancel()
	return e.services.Query(ctx, request, consumer)
}

func TestPushedFails(t *testing.T) {
	t.Parallel()
	answer, err := question(t).Ask(t.Context(), services(1), 0)
	require.NoError(t, err)
	_, err = answer.Pushed(t.Context(), offline.FormatText, offline.Push{})
	require.EqualError(t, err, `cannot push as "text"`)
	_, err = answer.Pushed(t.Context(), offline.FormatRemoteWrite, offline.Push{RemoteWrite: 9})
	require.ErrorContains(t, err, "the version must be known")

	for _, format := range []offline.Format{offline.FormatOTLP, offline.FormatRemoteWrite} {
		ctx, cancel := context.WithCancel(t.Context())
		p := offline.Preview{Question: question(t), Querier: expiring{1, cancel}, Format: format}
		require.ErrorContains(t, p.Write(ctx, &strings.Builder{}), "cannot preview web/latency: ")
		_, err = answer.Pushed(ctx, format, offline.Push{})
		require.ErrorIs(t, err, context.Canceled)
	}
}
