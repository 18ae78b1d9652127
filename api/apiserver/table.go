package apiserver

import (
	"context"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresource/tableconvertor"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// newColumns returns who makes a table of objects, as kubectl shows them. Without
// columns of their own, their age is shown.
func newColumns(ctx context.Context, list []apiextensionsv1.CustomResourceColumnDefinition) func(runtime.Object) (*metav1.Table, error) {
	if len(list) == 0 {
		list = columns()
	}
	convertor := sync.OnceValues(func() (tabler, error) { return tableconvertor.New(list) })
	return func(object runtime.Object) (*metav1.Table, error) {
		c, err := convertor()
		if err != nil {
			return nil, err
		}
		return c.ConvertToTable(ctx, object, nil)
	}
}

// tabler makes tables.
type tabler interface {
	ConvertToTable(ctx context.Context, object, options runtime.Object) (*metav1.Table, error)
}

// tableOf returns an object, or a list, as a table. Each row has as much of its
// object as the request wants.
func (q *request) tableOf(object runtime.Object) (runtime.Object, error) {
	table, err := q.columns(object)
	if err != nil {
		return nil, err
	}
	kindOf(table, metav1.SchemeGroupVersion.WithKind(asTable))
	for i := range table.Rows {
		row := &table.Rows[i].Object
		switch metav1.IncludeObjectPolicy(q.query.Get("includeObject")) {
		case metav1.IncludeNone:
			row.Object = nil
		case metav1.IncludeObject:
			kindOf(row.Object, q.kind)
		default:
			if row.Object, err = partialOf(row.Object); err != nil {
				return nil, err
			}
		}
	}
	return table, nil
}

// partialOf returns the metadata of an object, or of those of a list.
func partialOf(object runtime.Object) (runtime.Object, error) {
	if !meta.IsListType(object) {
		m, err := meta.Accessor(object)
		if err != nil {
			return nil, err
		}
		partial := meta.AsPartialObjectMetadata(m)
		kindOf(partial, metav1.SchemeGroupVersion.WithKind(asPartial))
		return partial, nil
	}
	list := &metav1.PartialObjectMetadataList{Items: []metav1.PartialObjectMetadata{}}
	kindOf(list, metav1.SchemeGroupVersion.WithKind(asPartials))
	listed, err := meta.ListAccessor(object)
	if err != nil {
		return nil, err
	}
	list.ResourceVersion, list.Continue, list.RemainingItemCount = listed.GetResourceVersion(), listed.GetContinue(), listed.GetRemainingItemCount()
	return list, meta.EachListItem(object, func(item runtime.Object) error {
		partial, err := partialOf(item)
		if err == nil {
			list.Items = append(list.Items, *partial.(*metav1.PartialObjectMetadata))
		}
		return err
	})
}
