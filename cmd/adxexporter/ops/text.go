package ops

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// aligned prints rows in columns, each line after an indent. An empty cell is a
// dash.
func aligned(w io.Writer, indent string, rows [][]string) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				row[i] = "-"
			}
		}
		_, _ = fmt.Fprintln(table, indent+strings.Join(row, "\t"))
	}
	_ = table.Flush()
}

// count is a number of things in words.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// instant is a time for people and for other programs; empty if there is none.
func instant(t *metav1.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// span is a range of time, of which the end is no part.
func span(start, end time.Time) string {
	return fmt.Sprintf("[%s, %s)", start.UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339))
}

// short is a duration in two units at most: nobody reads the seconds of a day.
func short(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return d.String()
}

// labelsOf names a group by its cluster labels.
func labelsOf(group v1.GroupStatus) string {
	if group.Labels == "" {
		return "no labels"
	}
	return group.Labels
}

// podOf returns the pod of an owner, which is pod/uid/nonce.
func podOf(owner string) string {
	pod, _, _ := strings.Cut(owner, "/")
	return pod
}
