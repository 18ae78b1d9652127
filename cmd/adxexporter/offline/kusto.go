package offline

import (
	"context"
	"errors"
	"fmt"

	"github.com/adx-mon/adxexporter/executor/kusto"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
	"github.com/adx-mon/adxexporter/executor/query"
)

// recordedTable holds a recorded answer. No query of a user ever names it: while
// there is a recorded answer, none runs.
const recordedTable = "RecordedAnswer"

// Kusto is an embedded Kusto with one database of its own and perhaps others. It
// is a Querier that goes through a port, as the service does.
type Kusto struct {
	database string
	recorded bool
	server   *emulator.Server
	port     *loopback
	pool     *kusto.Pool
}

// StartKusto starts a Kusto with an empty database. Strict makes it refuse
// queries that it could run and the real one would not.
func StartKusto(ctx context.Context, database string, strict bool) (*Kusto, error) {
	server := emulator.New(emulator.Options{Strict: strict})
	server.Database(database)
	port, err := listen(ctx, server)
	if err != nil {
		return nil, fmt.Errorf("cannot start the embedded Kusto: %w", err)
	}
	pool, err := kusto.New([]kusto.Endpoint{{Database: database, URL: port.URL}}, kusto.Options{})
	if err != nil {
		return nil, errors.Join(err, port.Close())
	}
	return &Kusto{database: database, server: server, port: port, pool: pool}, nil
}

// Close stops the server.
func (k *Kusto) Close() error {
	k.pool.Close()
	return k.port.Close()
}

// Add adds a table.
func (k *Kusto) Add(table Table) error {
	database := k.server.Database(k.database)
	if table.At.Database != "" {
		database = k.server.Catalog().Database(table.At.Cluster, table.At.Database)
	}
	return database.Create(table.At.Name, table.Data.Columns...).Append(table.Data.Rows...)
}

// Record makes the data the answer to every query.
func (k *Kusto) Record(data Data) error {
	k.recorded = true
	return k.Add(Table{At: Place{Name: recordedTable}, Data: data})
}

// Query answers a request.
func (k *Kusto) Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error) {
	if k.recorded {
		request.Body = recordedTable
	}
	return k.pool.Query(ctx, request, consumer)
}
