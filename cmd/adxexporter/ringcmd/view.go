package ringcmd

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Format is how a view is printed.
type Format string

// The formats.
const (
	Text Format = "text"
	JSON Format = "json"
)

// View is what a command shows: JSON by its fields, and text for people.
type View interface {
	text(w io.Writer)
}

// Write prints a view.
func Write(w io.Writer, format Format, view View) error {
	if format == JSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(view)
	}
	var b strings.Builder
	view.text(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// Head names the ring that a view is of.
type Head struct {
	Ring       string `json:"ring"`
	Labels     string `json:"labels"`
	Epoch      int64  `json:"epoch"`
	Term       int64  `json:"term"`
	Partitions int    `json:"partitions"`
	// Leader is empty if nobody leads.
	Leader string `json:"leader"`
}

func (s *State) head() Head {
	return Head{
		Ring: s.Ring.Name, Labels: s.Ring.Spec.Labels, Epoch: s.Table.Epoch, Term: s.Table.Term,
		Partitions: int(s.Ring.Spec.Partitions), Leader: s.Leader,
	}
}

func (h Head) text(w io.Writer) {
	labels, leader := h.Labels, h.Leader
	if labels == "" {
		labels = "no labels"
	}
	if leader == "" {
		leader = "nobody"
	}
	_, _ = fmt.Fprintf(w, "ring %s (%s): %s leads, epoch %d, term %d\n\n", h.Ring, labels, leader, h.Epoch, h.Term)
}

// aligned prints rows in columns. An empty cell is a dash.
func aligned(w io.Writer, rows [][]string) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				row[i] = "-"
			}
		}
		_, _ = fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	_ = table.Flush()
}

// percent returns a part of the whole for people.
func percent(part float64) string { return fmt.Sprintf("%.1f %%", 100*part) }
