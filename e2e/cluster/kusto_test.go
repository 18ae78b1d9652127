package cluster

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/query"
)

// Where the replicas find what they talk to, as in testdata/default.
const (
	kustoAddress    = "127.0.0.1:9000"
	receiverAddress = "127.0.0.1:9001"
)

// The exporters of the scenarios: a window has the readings of two instants.
const (
	interval = 10 * time.Second
	step     = 5 * time.Second

	exporterYAML = `
apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata:
  name: %[1]s
  namespace: e2e
spec:
  database: Plant
  interval: 10s
  body: |
    Readings
    | where Timestamp between (_startTime .. _endTime)
    | extend exporter = "%[1]s"
  transform:
    defaultMetricName: reading
    valueColumn: Value
    timestampColumn: Timestamp
    labelColumns: ["exporter"]
`
)

func exporterName(i int) string { return fmt.Sprintf("exporter-%02d", i) }

// exportersYAML returns the exporters with their namespace.
func exportersYAML(n int) string {
	var all strings.Builder
	all.WriteString("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: e2e\n")
	for i := range n {
		all.WriteString("---")
		fmt.Fprintf(&all, exporterYAML, exporterName(i))
	}
	return all.String()
}

// readings is a table for all times.
func readings() *engine.Table {
	return &engine.Table{
		Name:    "Readings",
		Columns: []query.Column{{Name: "Timestamp", Type: query.DateTime}, {Name: "Value", Type: query.Real}},
		Live: &engine.Live{TimeColumn: "Timestamp", Rows: func(from, to time.Time, emit func(values ...any) error) error {
			for at := from.Truncate(step); !at.After(to); at = at.Add(step) {
				if err := emit(at, float64(at.Unix()%86400)); err != nil {
					return err
				}
			}
			return nil
		}},
	}
}

// replica is a life of a pod, as those whom it talks to know it.
type replica struct{ pod, uid string }

// asked is a window that a replica asked for.
type asked struct {
	replica

	at       time.Time
	exporter string
	start    time.Time
}

// newKusto returns a Kusto that tells a journal of each window it is asked for. The
// path says who asks: /POD/UID before that of the interface.
func newKusto(journal func(asked)) http.Handler {
	server := emulator.New(emulator.Options{JournalSize: 1})
	server.Database("Plant").Put(readings())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		who, ok := replicaOf(strings.TrimPrefix(r.URL.Path, "/"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		if a, ok := askedBy(r.Header.Get("x-ms-client-request-id")); ok {
			a.replica, a.at = who, now
			journal(a)
		}
		http.StripPrefix("/"+who.pod+"/"+who.uid, server).ServeHTTP(w, r)
	})
}

// replicaOf reads POD/UID, after which more may follow.
func replicaOf(text string) (replica, bool) {
	parts := strings.SplitN(text, "/", 3)
	if len(parts) < 2 {
		return replica{}, false
	}
	return replica{pod: parts[0], uid: parts[1]}, true
}

// askedBy reads a client request id: adxexporter;NAMESPACE/NAME;START;TRY. Questions
// for a table's columns are none for a window.
func askedBy(id string) (asked, bool) {
	parts := strings.Split(id, ";")
	if len(parts) != 4 {
		return asked{}, false
	}
	start, err := time.Parse(time.RFC3339, parts[2])
	_, name, ok := strings.Cut(parts[1], "/")
	return asked{exporter: name, start: start}, err == nil && ok
}

// serve serves until the test ends.
func serve(t testing.TB, address string, handler http.Handler) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: handler}
	done := make(chan struct{})
	go func() { // the cleanup waits for it
		defer close(done)
		_ = server.Serve(listener) // it ends by Close
	}()
	t.Cleanup(func() {
		_ = server.Close() // replicas may hang on to it
		<-done
	})
}
