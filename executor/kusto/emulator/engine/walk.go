package engine

import "slices"

// children returns the scalar expressions that a node is made of.
func children(n node) []node {
	switch n := n.(type) {
	case *access:
		return []node{n.of}
	case *index:
		return []node{n.of, n.key}
	case *unary:
		return []node{n.of}
	case *binary:
		return []node{n.left, n.right}
	case *list:
		return n.items
	case *call:
		nodes := make([]node, len(n.args))
		for i, arg := range n.args {
			nodes[i] = arg.node
		}
		return nodes
	}
	return nil
}

// hasAggregate reports whether an expression calls an aggregate function.
func hasAggregate(n node) bool {
	if c, ok := n.(*call); ok && c.of == nil {
		if _, ok := aggregates[c.name]; ok {
			return true
		}
	}
	return slices.ContainsFunc(children(n), hasAggregate)
}
