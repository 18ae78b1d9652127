package push

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// Sender encodes deliveries and sends them to one endpoint. It is safe for
// concurrent use.
type Sender interface {
	// Send sends a delivery in as many requests as the endpoint's limits ask for,
	// one after the other, and holds no more than one of them in memory. Errors
	// are of type *Error. The batch is valid until Send returns.
	Send(ctx context.Context, delivery metric.Delivery) error
	// Forget drops all that the sender keeps of the exporter.
	Forget(exporter types.NamespacedName)
	// Check reports whether the endpoint can be reached; it sends no points.
	Check(ctx context.Context) error
	// Close ends the connections. No call may follow or be under way.
	Close() error
}

// KeyHeader is the name of the header that carries the Key.
const KeyHeader = "X-Idempotency-Key"

// Key identifies a request: the n-th of a delivery has the same key however
// often, and from whichever replica, the delivery is sent.
func Key(d metric.Delivery, n int) string {
	return fmt.Sprintf("%s/%s/%s/%s-%s/%d", d.Source.Namespace, d.Source.Name, d.Source.UID,
		d.Start.UTC().Format(time.RFC3339), d.End.UTC().Format(time.RFC3339), n)
}
