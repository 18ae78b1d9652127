package otlp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/push"
)

// exchange sends one request over a protocol and judges the answer.
type exchange interface {
	// export returns how many points the receiver took the request without. The
	// data may be changed once it has returned.
	export(ctx context.Context, data []byte, key string) (rejected int64, err error)
	// diagnose returns a better error than err for a receiver that cannot be
	// reached, if there is one.
	diagnose(ctx context.Context, err error) error
	close() error
}

// Sender is a push.Sender for one OTLP endpoint.
type Sender struct {
	config   Config
	exchange exchange
	encoders sync.Pool // of *Encoder
}

var _ push.Sender = (*Sender)(nil)

// New returns a sender. It connects with the first request. The meter is that of
// the endpoint's Sink; it may be nil.
func New(c Config, meter *push.Meter) (*Sender, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	var x exchange
	var err error
	if c.Protocol == GRPC {
		x, err = newGRPCExchange(c, meter)
	} else {
		x, err = newHTTPExchange(c, meter)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot push to %q: %w", c.Name(), err)
	}
	return &Sender{
		config: c, exchange: x,
		encoders: sync.Pool{New: func() any { return NewEncoder(c.Resource, c.Version) }},
	}, nil
}

// Send sends a delivery in as many requests as the limits ask for. When one of
// them fails for a reason that passes, the delivery has to be sent again whole.
func (s *Sender) Send(ctx context.Context, d metric.Delivery) error {
	e := s.encoders.Get().(*Encoder)
	defer func() {
		e.batch = nil // the pool must not keep it alive
		s.encoders.Put(e)
	}()
	e.Reset(d.Batch)
	w := window{sender: s, encoder: e, most: s.config.MaxBytes}
	n := 0
	for span := range e.Split(s.config.MaxBytes, s.config.MaxPoints) {
		if err := w.sendWhole(ctx, span, push.Key(d, n)); err != nil {
			return err
		}
		n++
	}
	return w.verdict()
}

// Forget does nothing: a sender keeps nothing of an exporter.
func (s *Sender) Forget(types.NamespacedName) {}

// Check sends a request without points, which a receiver has to take. One that
// calls it bad content is there, too.
func (s *Sender) Check(ctx context.Context) error {
	_, err := s.exchange.export(ctx, nil, "check")
	if errors.Is(err, errContent) {
		return nil
	}
	return s.exchange.diagnose(ctx, err)
}

// Close ends the connections.
func (s *Sender) Close() error { return s.exchange.close() }

// authorization returns the Authorization header's value; empty if there is none.
func (c Config) authorization() (string, error) {
	token := c.BearerToken
	if c.BearerTokenFile != "" {
		text, err := os.ReadFile(c.BearerTokenFile)
		if err != nil {
			return "", push.Fail(push.Retryable, "The bearer token cannot be read.", err)
		}
		token = strings.TrimSpace(string(text))
	}
	if token == "" {
		return "", nil
	}
	return "Bearer " + token, nil
}
