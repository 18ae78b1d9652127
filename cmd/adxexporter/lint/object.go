package lint

import (
	"strings"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
)

const (
	group        = "adx-mon.azure.com"
	exporterKind = "MetricsExporter"
	ringKind     = "ExporterRing"
)

// object is a Kubernetes object of one of our kinds.
type object struct {
	node source.Node
	// document is the text that the object is in, and item its index in a list; -1
	// for an object that is the whole document.
	document []byte
	item     int
}

// objects returns the objects of a document: itself or, as in the output of
// `kubectl get -o yaml`, the items of a list.
func objects(document source.Document) []object {
	kind := get(document.Root, "kind").Value
	if isOurs(kind) {
		return []object{{node: document.Root, document: document.Data, item: -1}}
	}
	if !isList(kind) {
		return nil
	}
	items, _ := document.Root.Get("items")
	var found []object
	for i, item := range items.Items() {
		if isOurs(get(item, "kind").Value) {
			found = append(found, object{node: item, document: document.Data, item: i})
		}
	}
	return found
}

func isList(kind string) bool { return strings.HasSuffix(kind, "List") }

func isOurs(kind string) bool { return kind == exporterKind || kind == ringKind }

func (o object) kind() string { return get(o.node, "kind").Value }

// name returns namespace/name, or what there is of it.
func (o object) name() string {
	namespace, name := get(o.node, "metadata", "namespace").Value, get(o.node, "metadata", "name").Value
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}
