package page

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// moment is how long replicas may disagree: a new table reaches them one after the
// other.
const moment = 5 * time.Second

// warningsOf returns what people should look at, as sentences.
func warningsOf(r Ring) []string {
	if r.Alone {
		return nil
	}
	var all []string
	for _, m := range r.Missing {
		all = append(all, fmt.Sprintf("%s does not answer: %s.", m.Pod, strings.TrimSuffix(m.Reason, ".")))
	}
	all = append(all, disagreements(r.Views)...)
	for _, v := range r.Views {
		if !v.Connected {
			all = append(all, fmt.Sprintf("%s has no contact with the Kubernetes API server.", v.Pod))
		}
	}
	if r.Unowned > 0 {
		all = append(all, fmt.Sprintf("%s owned by nobody; their exporters do not run.", count(r.Unowned, "partition is", "partitions are")))
	}
	return all
}

// disagreements compares the tables that replicas follow. Two tables of one epoch are
// never right; an older one is, for a moment.
func disagreements(views []View) []string {
	newest := View{Epoch: -1}
	for _, v := range views {
		if v.Epoch > newest.Epoch || (v.Epoch == newest.Epoch && v.TableAge > newest.TableAge) {
			newest = v
		}
	}
	var all, others []string
	for _, v := range views {
		switch {
		case v.Epoch == newest.Epoch && v.Hash != newest.Hash:
			others = append(others, v.Pod+" ("+v.Hash+")")
		case v.Epoch < newest.Epoch && newest.TableAge > Seconds(moment):
			all = append(all, fmt.Sprintf("%s follows epoch %d, and %s has known epoch %d for %s.",
				v.Pod, v.Epoch, newest.Pod, newest.Epoch, brief(newest.TableAge.Std())))
		}
	}
	if len(others) > 0 {
		slices.Sort(others)
		all = append(all, fmt.Sprintf("Replicas follow different tables of epoch %d: %s (%s), %s.",
			newest.Epoch, newest.Pod, newest.Hash, strings.Join(others, ", ")))
	}
	return all
}
