package remotewrite

import (
	"context"
	"net/http"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/push"
)

// Sender pushes to one endpoint. It is safe for concurrent use, except that the
// deliveries of one exporter come one after the other, and that End and Forget
// come after the last of them.
type Sender struct {
	config Config
	client *client
	speech speech
	roll   *roll
	// workspaces are pooled *workspace.
	workspaces sync.Pool
}

var _ push.Sender = (*Sender)(nil)

// New returns a sender; it does not connect. The meter counts the requests and may
// be nil.
func New(config Config, meter *push.Meter) (*Sender, error) {
	config = config.withDefaults()
	client, err := newClient(config, meter)
	if err != nil {
		return nil, err
	}
	s := &Sender{config: config, client: client, roll: newRoll()}
	s.speech.fixed = config.Version
	s.workspaces.New = func() any { return new(workspace) }
	return s, nil
}

// Send sends a delivery's points, and ends the series that the exporter no longer
// has. Errors are of type *push.Error.
func (s *Sender) Send(ctx context.Context, d metric.Delivery) error {
	t := transfer{sender: s, work: s.workspaces.Get().(*workspace)}
	defer s.recycle(t.work)
	if err := t.deliver(ctx, d); err != nil {
		return err
	}
	if t.taken > 0 || t.rejected == 0 {
		s.called(ctx, d, t.work)
	}
	return t.outcome()
}

// called notes the series of a delivery and sends the markers that are due. The
// window is delivered whether or not that works: markers that fail wait.
func (s *Sender) called(ctx context.Context, d metric.Delivery, w *workspace) {
	if s.config.NoStaleMarkers {
		return
	}
	s.roll.call(d, &w.layout, &w.attendance)
	_ = s.flush(ctx, w)
}

// recycle keeps a workspace, unless a single huge label made it large.
func (s *Sender) recycle(w *workspace) {
	if w.size() <= 8*s.config.MaxBytes {
		s.workspaces.Put(w)
	}
}

// Forget drops what is kept of an exporter that another replica has now. It sends
// no markers, not even those that are waiting: the exporter's series go on.
func (s *Sender) Forget(exporter types.NamespacedName) { s.roll.forget(exporter) }

// End ends the series of an exporter that is deleted or suspended. The markers are
// sent by Start, by Flush, or with the next delivery of any exporter, whichever
// comes first. Forget must not follow.
func (s *Sender) End(exporter types.NamespacedName) { s.roll.end(exporter) }

// Check posts a request without samples: so it sees a wrong host, path or
// credential at start.
func (s *Sender) Check(ctx context.Context) error {
	w := s.workspaces.Get().(*workspace)
	defer s.recycle(w)
	version, _ := s.speech.version()
	e := w.encoder(version)
	e.reset()
	a, err := s.client.post(ctx, version, w.compress(e), "")
	if err != nil {
		return err
	}
	switch {
	case a.status == http.StatusBadRequest || a.status == http.StatusUnsupportedMediaType || a.status/100 == 2:
		return nil // some receivers want samples, or another version
	case judge(Version1, true, a) == verdictRetry:
		return a.fail(push.Retryable)
	}
	return a.fail(push.Unusable)
}

// Close ends the connections. No call may follow or be under way.
func (s *Sender) Close() error {
	s.client.http.CloseIdleConnections()
	return nil
}
