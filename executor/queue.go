package executor

// queue is a heap of exporters by due time. It implements heap.Interface.
type queue []*exporter

// Len returns how many exporters wait.
func (q queue) Len() int { return len(q) }

// Less orders by due time.
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }

// Swap exchanges two places.
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push adds an *exporter.
func (q *queue) Push(x any) {
	added := x.(*exporter)
	added.index = len(*q)
	*q = append(*q, added)
}

// Pop removes the last one.
func (q *queue) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	x.index = -1
	return x
}
