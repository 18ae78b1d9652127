package kube

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/executor/roster"
)

// How exporters are read from the API server's store: few of a namespace one by
// one, a few at a time; many in pages of all.
const (
	oneByOne  = 20
	atOnce    = 8
	pageLimit = 500
)

// Home reads MetricsExporters from the API server's store, past any cache.
type Home struct {
	Reader    client.Reader
	Validator *validation.Validator
}

var _ roster.Home = (*Home)(nil)

// Fetch returns those of the exporters that exist.
func (h *Home) Fetch(ctx context.Context, keys []types.NamespacedName) (map[types.NamespacedName]roster.Found, error) {
	byNamespace := map[string][]types.NamespacedName{}
	for _, key := range keys {
		byNamespace[key.Namespace] = append(byNamespace[key.Namespace], key)
	}
	all := map[types.NamespacedName]roster.Found{}
	for namespace, wanted := range byNamespace {
		read := h.getEach
		if len(wanted) > oneByOne {
			read = func(ctx context.Context, wanted []types.NamespacedName, into map[types.NamespacedName]roster.Found) error {
				return h.list(ctx, namespace, wanted, into)
			}
		}
		if err := read(ctx, wanted, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (h *Home) getEach(ctx context.Context, keys []types.NamespacedName, into map[types.NamespacedName]roster.Found) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, key := range keys {
		group.Go(func() error {
			found := newExporter()
			err := h.Reader.Get(ctx, key, found)
			if apierrors.IsNotFound(err) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("cannot get MetricsExporter %q: %w", key, err)
			}
			mu.Lock()
			defer mu.Unlock()
			h.put(into, found) //nolint:contextcheck // validation does not block
			return nil
		})
	}
	return group.Wait()
}

func (h *Home) list(ctx context.Context, namespace string, wanted []types.NamespacedName, into map[types.NamespacedName]roster.Found) error {
	want := map[types.NamespacedName]bool{}
	for _, key := range wanted {
		want[key] = true
	}
	page := newExporterList()
	for {
		err := h.Reader.List(ctx, page, client.InNamespace(namespace), client.Limit(pageLimit), client.Continue(page.GetContinue()))
		if err != nil {
			return fmt.Errorf("cannot list the MetricsExporters of namespace %q: %w", namespace, err)
		}
		for i := range page.Items {
			if want[client.ObjectKeyFromObject(&page.Items[i])] {
				h.put(into, &page.Items[i]) //nolint:contextcheck // validation does not block
			}
		}
		if page.GetContinue() == "" {
			return nil
		}
	}
}

func (h *Home) put(into map[types.NamespacedName]roster.Found, found *unstructured.Unstructured) {
	if found.GetDeletionTimestamp() != nil {
		return
	}
	object, err := decode(h.Validator, found)
	into[client.ObjectKeyFromObject(found)] = roster.Found{Object: object, Invalid: err}
}

func newExporterList() *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(v1.GroupVersion.WithKind("MetricsExporterList"))
	return list
}
