package scale

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
	"github.com/adx-mon/adxexporter/executor/query"
)

// rows is how many rows each answer has; each is a series.
const rows = 20

// largeExporter is one whose answers have largeRows rows.
const (
	largeExporter = "scale/large"
	largeRows     = 500_000
)

// asked is a question for a window that a replica has sent.
type asked struct {
	Exporter string
	Start    time.Time
	At       time.Time
}

// fakeKusto gives each query the same answer, after a while, and keeps a journal.
type fakeKusto struct {
	answer, schema, large http.Handler

	mu      sync.Mutex
	delay   time.Duration
	journal []asked
}

func newKusto() (http.Handler, error) {
	k := &fakeKusto{}
	var err error
	if k.answer, k.schema, err = record(rows); err != nil {
		return nil, err
	}
	if k.large, _, err = record(largeRows); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/delay/{delay}", k.setDelay)
	mux.HandleFunc("/journal", k.takeJournal)
	mux.HandleFunc("/", k.ask)
	return mux, nil
}

// record returns an answer, and how Kusto describes its columns.
func record(n int) (answer, schema http.Handler, err error) {
	server := emulator.New(emulator.Options{})
	table := server.Database("DB").Create("T", query.Column{Name: "Timestamp", Type: query.DateTime},
		query.Column{Name: "Value", Type: query.Real}, query.Column{Name: "Host", Type: query.String},
		query.Column{Name: "Region", Type: query.String}, query.Column{Name: "Service", Type: query.String})
	for i := range n {
		if err := table.Append([]any{time.Unix(int64(60+i), 0), float64(i) * 1.5, fmt.Sprint("host-", i), "westeurope", "a-service"}); err != nil {
			return nil, nil, err
		}
	}
	all, err := server.Record(context.Background(), "DB", "T")
	if err != nil {
		return nil, nil, err
	}
	columns, err := server.Record(context.Background(), "DB", "T | getschema")
	return emulator.Replay(all), emulator.Replay(columns), err
}

func (k *fakeKusto) ask(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the replica has gone
	}
	if parts := strings.Split(r.Header.Get("x-ms-client-request-id"), ";"); len(parts) == 4 {
		if start, err := time.Parse(time.RFC3339, parts[2]); err == nil {
			k.note(asked{Exporter: parts[1], Start: start, At: now})
		}
	}
	if bytes.Contains(body, []byte("query_results_apply_getschema")) {
		k.schema.ServeHTTP(w, r)
		return
	}
	time.Sleep(k.wait())
	if strings.Contains(r.Header.Get("x-ms-client-request-id"), largeExporter) {
		k.large.ServeHTTP(w, r)
		return
	}
	k.answer.ServeHTTP(w, r)
}

func (k *fakeKusto) note(a asked) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.journal = append(k.journal, a)
}

func (k *fakeKusto) wait() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.delay
}

func (k *fakeKusto) setDelay(w http.ResponseWriter, r *http.Request) {
	delay, err := time.ParseDuration(r.PathValue("delay"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.delay = delay
	_, _ = fmt.Fprint(w, "{}")
}

// takeJournal gives the journal away and begins a new one.
func (k *fakeKusto) takeJournal(w http.ResponseWriter, _ *http.Request) {
	k.mu.Lock()
	journal := k.journal
	k.journal = nil
	k.mu.Unlock()
	_ = json.NewEncoder(w).Encode(journal) // the test says what is missing
}

// newReceiver returns an OTLP receiver that takes everything and reads nothing.
func newReceiver() (http.Handler, error) {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-protobuf") // an empty message: all is taken
	}), nil
}
