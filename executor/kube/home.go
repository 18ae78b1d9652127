package kube

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

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
// one, a few at a time; many in pages of all, unless one by one is still less than
// what is left to read. To read one costs about as much as listing some.
const (
	oneByOne  = 20
	atOnce    = 8
	pageLimit = 500
	asListed  = 8
)

// readFor bounds each request: a connection that swallows would keep it for ever.
const readFor = 15 * time.Second

// Home reads MetricsExporters from the API server's store, past any cache.
type Home struct {
	Reader    client.Reader
	Validator *validation.Validator
}

var _ roster.Home = (*Home)(nil)

// Fetch returns those of the exporters that exist; with an error, those that have been
// read until then.
func (h *Home) Fetch(ctx context.Context, keys []types.NamespacedName) (map[types.NamespacedName]roster.Found, error) {
	byNamespace := map[string]map[types.NamespacedName]bool{}
	for _, key := range keys {
		if byNamespace[key.Namespace] == nil {
			byNamespace[key.Namespace] = map[types.NamespacedName]bool{}
		}
		byNamespace[key.Namespace][key] = true
	}
	all := map[types.NamespacedName]roster.Found{}
	for namespace, wanted := range byNamespace {
		if err := h.fetch(ctx, namespace, wanted, all); err != nil {
			return all, err
		}
	}
	return all, nil
}

// fetch reads the wanted exporters of a namespace.
func (h *Home) fetch(ctx context.Context, namespace string, wanted map[types.NamespacedName]bool, into map[types.NamespacedName]roster.Found) error {
	page := newExporterList()
	for len(wanted) > oneByOne {
		if err := h.list(ctx, namespace, page); err != nil {
			return err
		}
		for i := range page.Items {
			key := client.ObjectKeyFromObject(&page.Items[i])
			if wanted[key] {
				h.put(into, &page.Items[i]) //nolint:contextcheck // validation does not block
				delete(wanted, key)
			}
		}
		if page.GetContinue() == "" {
			return nil
		}
		if left := page.GetRemainingItemCount(); left != nil && *left > int64(asListed*len(wanted)) {
			break
		}
	}
	return h.getEach(ctx, slices.Collect(maps.Keys(wanted)), into)
}

// list reads the next page of a namespace.
func (h *Home) list(ctx context.Context, namespace string, page *unstructured.UnstructuredList) error {
	ctx, cancel := context.WithTimeout(ctx, readFor)
	defer cancel()
	err := h.Reader.List(ctx, page, client.InNamespace(namespace), client.Limit(pageLimit), client.Continue(page.GetContinue()))
	if err != nil {
		return fmt.Errorf("cannot list the MetricsExporters of namespace %q: %w", namespace, err)
	}
	return nil
}

func (h *Home) getEach(ctx context.Context, keys []types.NamespacedName, into map[types.NamespacedName]roster.Found) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, key := range keys {
		group.Go(func() error {
			found, err := h.get(ctx, key)
			if err != nil || found == nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			h.put(into, found) //nolint:contextcheck // validation does not block
			return nil
		})
	}
	return group.Wait()
}

// get reads an exporter; nil if there is none.
func (h *Home) get(ctx context.Context, key types.NamespacedName) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, readFor)
	defer cancel()
	found := newExporter()
	switch err := h.Reader.Get(ctx, key, found); {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // it is no failure
	case err != nil:
		return nil, fmt.Errorf("cannot get MetricsExporter %q: %w", key, err)
	}
	return found, nil
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
