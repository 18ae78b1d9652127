package engine

import (
	"fmt"
	"slices"
)

// Deviation is a place where a query leaves what the service accepts. The
// engine runs it all the same, unless it is asked to be strict.
type Deviation struct {
	// Code is the code of the published language service's diagnosis.
	Code string
	// Offset is the byte offset of the place; End is the offset after it.
	Offset, End int
	// Message says what is wrong, Fix what to write instead.
	Message, Fix string
}

// The codes of the deviations.
const (
	// CodeNotAggregate is an item of summarize that is no aggregate.
	CodeNotAggregate = "KS236"
	// CodePath is cluster('c').d.T instead of cluster('c').database('d').T.
	CodePath = "KS142"
)

// Check parses a body and returns where it leaves what the service accepts. The
// error is an *Error.
func Check(body string) ([]Deviation, error) {
	q, err := Parse(body)
	if err != nil {
		return nil, err
	}
	return q.deviations, nil
}

// checkAggregates notes the items of summarize that have no aggregate.
func (p *parser) checkAggregates(items []namedNode) {
	for i, item := range items {
		if hasAggregate(item.node) {
			continue
		}
		offset := p.itemStart(item)
		text := p.text[offset:p.itemEnd(items, i)]
		p.deviations = append(p.deviations, Deviation{
			Code: CodeNotAggregate, Offset: offset, End: offset + len(text),
			Message: fmt.Sprintf("'%s' in the list of aggregates of summarize is no aggregate", text),
			Fix:     fmt.Sprintf("move '%s' behind 'by'", text),
		})
	}
}

// itemStart returns where an item with its name starts.
func (p *parser) itemStart(item namedNode) int {
	start := leftmost(item.node)
	if len(item.names) == 0 {
		return start
	}
	for i, t := range slices.Backward(p.tokens) {
		if t.Offset < start && t.Is("=") {
			return p.tokens[max(i-1, 0)].Offset
		}
	}
	return start
}

// leftmost returns the offset where an expression's text starts.
func leftmost(n node) int {
	start := n.at()
	if c, ok := n.(*call); ok && c.of != nil {
		start = min(start, leftmost(c.of))
	}
	for _, child := range children(n) {
		start = min(start, leftmost(child))
	}
	return start
}

// itemEnd returns where an item ends: with the last token before the next item,
// or before what follows the list, that is no comma.
func (p *parser) itemEnd(items []namedNode, i int) int {
	limit := p.peek().Offset
	if i+1 < len(items) {
		limit = p.itemStart(items[i+1])
	}
	last := p.pos - 1
	for last > 0 && (p.tokens[last].Offset >= limit || p.tokens[last].Is(",")) {
		last--
	}
	return p.tokens[last].End()
}

// checkPath notes cluster('c').d, which the service wants as database('d').
func (p *parser) checkPath(of node, name string, at int) {
	if c, ok := of.(*call); ok && c.name == "cluster" && c.of == nil {
		p.deviations = append(p.deviations, Deviation{
			Code: CodePath, Offset: at, End: at + len(name),
			Message: fmt.Sprintf("'%s' after cluster() is no database: the service resolves only .database('...')", name),
			Fix:     fmt.Sprintf("write .database('%s')", name),
		})
	}
}
