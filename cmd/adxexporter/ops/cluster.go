package ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// pageLimit is how many exporters are read at once.
const pageLimit = 500

// fieldManager is whose fields the API server takes our changes for.
const fieldManager = "adxexporter-cli"

// Session is a command's dealings with a cluster.
type Session struct {
	Client client.Client
	// Out is where progress and results are said.
	Out io.Writer
	// Terminal is set if Out is one, where a line can be written over.
	Terminal bool
	// Poll is how often the status is read while it is waited for.
	Poll time.Duration
}

// ErrNotDone means that what was asked for has failed, or has not come to its end;
// it has been said.
var ErrNotDone = errors.New("not done")

// Refusal is why something is not asked for at all: the exporter or the command
// line does not allow it.
type Refusal struct{ reason string }

func (r *Refusal) Error() string { return r.reason }

func refuse(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// NewClient returns a client for exporters. It knows by itself where they are, so
// that it needs no right to discover them.
func NewClient(config *rest.Config) (client.Client, error) {
	scheme := runtime.NewScheme()
	if err := v1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(v1.GroupVersion.WithKind("MetricsExporter"), meta.RESTScopeNamespace)
	c, err := client.New(config, client.Options{Scheme: scheme, Mapper: mapper})
	if err != nil {
		return nil, fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	return c, nil
}

// get reads an exporter.
func (s *Session) get(ctx context.Context, key types.NamespacedName) (*v1.MetricsExporter, error) {
	var found v1.MetricsExporter
	if err := s.Client.Get(ctx, key, &found); err != nil {
		return nil, fmt.Errorf("cannot get MetricsExporter %q: %w", key, explain(err, "get", key.Namespace))
	}
	return &found, nil
}

// list reads the exporters of a namespace, or all.
func (s *Session) list(ctx context.Context, namespace string) ([]v1.MetricsExporter, error) {
	var all []v1.MetricsExporter
	for page := (v1.MetricsExporterList{}); ; {
		err := s.Client.List(ctx, &page, client.InNamespace(namespace), client.Limit(pageLimit), client.Continue(page.Continue))
		if err != nil {
			return nil, fmt.Errorf("cannot list the MetricsExporters: %w", explain(err, "list", namespace))
		}
		all = append(all, page.Items...)
		if page.Continue == "" {
			return all, nil
		}
	}
}

// patch merges a change into an exporter.
func (s *Session) patch(ctx context.Context, key types.NamespacedName, change map[string]any) error {
	content, err := json.Marshal(change)
	if err != nil {
		return err
	}
	object := &v1.MetricsExporter{}
	object.Namespace, object.Name = key.Namespace, key.Name
	err = s.Client.Patch(ctx, object, client.RawPatch(types.MergePatchType, content), client.FieldOwner(fieldManager))
	switch {
	case apierrors.IsConflict(err):
		return fmt.Errorf("cannot change MetricsExporter %q: somebody else has just changed it; try again", key)
	case err != nil:
		return fmt.Errorf("cannot change MetricsExporter %q: %w", key, explain(err, "patch", key.Namespace))
	}
	return nil
}

// explain names the right that is missing, if that is what an error is about.
func explain(err error, verb, namespace string) error {
	if !apierrors.IsForbidden(err) {
		return err
	}
	where := "in the cluster"
	if namespace != "" {
		where = fmt.Sprintf("in namespace %q", namespace)
	}
	return fmt.Errorf("you need the verb %s on metricsexporters.adx-mon.azure.com %s: %w", verb, where, err)
}

// say writes one line.
func (s *Session) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.Out, format+"\n", args...)
}

// maxLost is how often in a row an exporter may not be read while it is watched: an
// API server that restarts does not end a wait of hours.
const maxLost = 5

// watch reads an exporter at once and then every so often, until what is seen is all
// that was waited for, it cannot be read, or ctx ends.
func (s *Session) watch(ctx context.Context, key types.NamespacedName, seen func(*v1.MetricsExporter) (done bool)) error {
	tick := time.NewTicker(s.Poll)
	defer tick.Stop()
	for lost := 0; ; {
		found, err := s.get(ctx, key)
		switch {
		case err == nil && seen(found):
			return nil
		case err == nil:
			lost = 0
		case isFinal(err) || lost == maxLost:
			return err
		default:
			lost++
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// isFinal reports whether reading again is of no use.
func isFinal(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err)
}
