package query

import "time"

// Request is one question: a KQL body over a time window.
type Request struct {
	// Database is the logical database name of the exporter's spec.
	Database string
	// Body is the KQL as the user wrote it. It reaches Kusto byte for byte.
	Body string
	// Start and End bound the window [Start, End), whole seconds, UTC.
	Start, End time.Time
	// Interval is the exporter's interval, offered to the body as _interval.
	Interval time.Duration
	// Labels are the cluster labels, offered to the body as _<label>.
	Labels map[string]string
	// Timeout bounds the query on the server. Zero means the client's default.
	Timeout time.Duration
	// MaxRows and MaxBytes bound the answer; one more is an error, never a
	// silent cut. Zero means the client's default.
	MaxRows, MaxBytes int64
	// RequestID is sent as x-ms-client-request-id, so that one window can be
	// found in Kusto's `.show queries`. ASCII.
	RequestID string
	// Description is shown by Kusto beside the query (request_description).
	Description string
}

// Consumer receives one result table.
type Consumer interface {
	// Columns is called once and before any row, also when there are no rows.
	Columns(columns []Column) error
	// Row is called for each row, with one cell a column. The cells and their
	// Text are reused: they are valid until Row returns.
	Row(cells []Cell) error
}

// Stats is what one query cost.
type Stats struct {
	// Rows and Bytes (uncompressed) of the answer.
	Rows, Bytes int64
	// Duration is from the request until the last frame.
	Duration time.Duration
	// ActivityID is Kusto's own identifier of the query, for support requests.
	ActivityID string
}
