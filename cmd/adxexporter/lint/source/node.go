package source

import (
	"iter"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Node is a place in a document: a value, and the key it stands behind. The zero
// Node is nothing: it has no entries, no items and no text.
type Node struct {
	file *File
	// base is how many lines of the file come before the document.
	base       int
	key, value *yaml.Node
}

// Get returns the node at a path of mapping keys and list indexes.
func (n Node) Get(path ...string) (Node, bool) {
	for _, step := range path {
		next, ok := n.child(step)
		if !ok {
			return Node{}, false
		}
		n = next
	}
	return n, true
}

// Nearest returns the node at the path or, if there is none, the deepest one on
// the way to it.
func (n Node) Nearest(path ...string) Node {
	for _, step := range path {
		next, ok := n.child(step)
		if !ok {
			return n
		}
		n = next
	}
	return n
}

func (n Node) child(step string) (Node, bool) {
	if items := n.Items(); items != nil {
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(items) {
			return Node{}, false
		}
		return items[i], true
	}
	for key, entry := range n.Entries() {
		if key == step {
			return entry, true
		}
	}
	for _, merged := range n.merged() {
		for key, entry := range merged.Entries() {
			if key == step {
				return entry, true
			}
		}
	}
	return Node{}, false
}

// merged returns the mappings that a "<<" key takes in. Merges within merges are
// left out: nobody writes them, and they can be circular.
func (n Node) merged() []Node {
	for key, entry := range n.Entries() {
		if key != "<<" {
			continue
		}
		if items := entry.Items(); items != nil {
			return items
		}
		return []Node{entry}
	}
	return nil
}

// resolved returns the value with an alias followed.
func (n Node) resolved() *yaml.Node {
	if n.value != nil && n.value.Kind == yaml.AliasNode {
		return n.value.Alias
	}
	return n.value
}

// Entries iterates over the keys and values of a mapping in the file's order.
func (n Node) Entries() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		value := n.resolved()
		if value == nil || value.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(value.Content); i += 2 {
			entry := Node{file: n.file, base: n.base, key: value.Content[i], value: value.Content[i+1]}
			if !yield(entry.key.Value, entry) {
				return
			}
		}
	}
}

// Items returns the elements of a list.
func (n Node) Items() []Node {
	value := n.resolved()
	if value == nil || value.Kind != yaml.SequenceNode {
		return nil
	}
	items := make([]Node, len(value.Content))
	for i, item := range value.Content {
		items[i] = Node{file: n.file, base: n.base, value: item}
	}
	return items
}

// Text returns the value of a scalar; empty for anything else.
func (n Node) Text() Text {
	value := n.resolved()
	if value == nil || value.Kind != yaml.ScalarNode || value.Tag == "!!null" {
		return Text{file: n.file, places: []int{0}}
	}
	return newText(n.file, value, n.base+value.Line)
}

// Key returns the key that the value stands behind; empty in a list and at the
// top.
func (n Node) Key() Text {
	if n.key == nil {
		return Text{file: n.file, places: []int{0}}
	}
	return newText(n.file, n.key, n.base+n.key.Line)
}

// Range returns the place to point at for the node: a scalar itself, otherwise
// the key before it, otherwise where the value starts.
func (n Node) Range() Range {
	switch value := n.resolved(); {
	case value == nil || value.Kind == 0:
		return Range{Line: 1, Column: 1, EndColumn: 2}
	case value.Kind == yaml.ScalarNode && value.Value != "":
		return n.Text().All()
	case n.key != nil:
		return n.Key().All()
	default:
		start := n.file.offset(n.base+value.Line, value.Column)
		return n.file.rangeOf(start, start)
	}
}

// DuplicateKeys returns the entries, at any depth, whose key their mapping has
// had before. Aliases are not followed: what they stand for is visited where it
// is written.
func (n Node) DuplicateKeys() []Node {
	var found []Node
	for _, item := range n.Items() {
		if item.value.Kind != yaml.AliasNode {
			found = append(found, item.DuplicateKeys()...)
		}
	}
	seen := map[string]bool{}
	for key, entry := range n.Entries() {
		if seen[key] {
			found = append(found, entry)
		}
		seen[key] = true
		if entry.value.Kind != yaml.AliasNode {
			found = append(found, entry.DuplicateKeys()...)
		}
	}
	return found
}
