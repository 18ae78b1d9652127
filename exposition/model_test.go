package exposition

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

// TestStoreIsAsTheModel drives a store and a model that decides everything anew
// at each look, by the rules and without any index.
func TestStoreIsAsTheModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := reference{exporters: map[string]*modelExporter{}, hidden: map[string]bool{}}
		s := newStore(Options{Serve: func(n types.NamespacedName) bool { return !m.hidden[n.Name] }})
		h := NewHandler(s, nil)
		name := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		rt.Repeat(map[string]func(*rapid.T){
			"deliver": func(rt *rapid.T) {
				e := drawExporter(rt, name.Draw(rt, "exporter"))
				m.exporters[e.name] = e
				_ = s.Deliver(t.Context(), e.delivery(t)) // conflicts are compared below
			},
			"import": func(rt *rapid.T) {
				e := drawExporter(rt, name.Draw(rt, "exporter"))
				m.exporters[e.name] = e
				other := newStore(Options{})
				_ = other.Deliver(t.Context(), e.delivery(t)) // it is alone there
				require.NoError(rt, s.Import(exportOf(rt, other, e.name)))
			},
			"forget": func(rt *rapid.T) {
				n := name.Draw(rt, "exporter")
				delete(m.exporters, n)
				s.Forget(inNS(n))
			},
			"serve": func(rt *rapid.T) {
				m.hidden[name.Draw(rt, "exporter")] = rapid.Bool().Draw(rt, "hidden")
			},
			"": func(rt *rapid.T) {
				want := m.look()
				require.Equal(rt, want.lines, lineSet(scrape(rt, h, "")))
				for n := range m.exporters {
					require.ElementsMatch(rt, want.conflicts[n], s.Conflicts(inNS(n)), n)
				}
				for _, f := range s.index.families {
					require.Equal(rt, want.shared[f.name], f.shared, "series of %s to look at closely", f.name)
				}
			},
		})
	})
}

// reference is the exporters that were delivered and which of them are not served.
type reference struct {
	exporters map[string]*modelExporter
	hidden    map[string]bool
}

type modelExporter struct {
	name, help string
	age        int
	kind       metric.Type
	// series are the label values of each family, in which order does not matter.
	series map[string][]string
}

func drawExporter(t *rapid.T, name string) *modelExporter {
	labels := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "3 }", "4"}), 0, 4, rapid.ID)
	return &modelExporter{
		name: name,
		help: rapid.SampledFrom([]string{"", "", "one", "two"}).Draw(t, "help"),
		age:  rapid.IntRange(0, 2).Draw(t, "age"),
		kind: rapid.SampledFrom([]metric.Type{metric.Gauge, metric.Gauge, metric.Counter}).Draw(t, "type"),
		series: map[string][]string{
			"x": labels.Draw(t, "x"), "y_total": labels.Draw(t, "y"),
		},
	}
}

func (e *modelExporter) delivery(t *testing.T) metric.Delivery {
	var samples []batchtest.Sample
	for family, labels := range e.series {
		for _, label := range labels {
			samples = append(samples, batchtest.Sample{
				Name: family, Labels: map[string]string{"l": label}, Value: float64(e.name[0]), Time: windowEnd,
			})
		}
	}
	d := delivery(e.name, batchtest.New(t, batchtest.Options{Help: e.help, Type: e.kind}, samples...))
	d.Source.Created = time.Unix(int64(e.age), 0)
	return d
}

// outlook is what the model says of a scrape.
type outlook struct {
	lines []string
	// conflicts are each exporter's.
	conflicts map[string][]Conflict
	// shared is how many series of each family several exporters have.
	shared map[string]int
}

func (m *reference) look() outlook {
	o := outlook{conflicts: map[string][]Conflict{}, shared: map[string]int{}}
	for _, family := range []string{"x", "y_total"} {
		if owners := m.owners(family); len(owners) > 0 {
			o.add(family, owners)
		}
	}
	slices.Sort(o.lines)
	return o
}

// add says what is shown of a family with these owners, the oldest first.
func (o *outlook) add(family string, owners []*modelExporter) {
	first, help := owners[0], oldestHelp(owners)
	text := cmp.Or(help.help, "From MetricsExporter ns/"+help.name+".")
	o.lines = append(o.lines, "# HELP "+family+" "+text+"\n", fmt.Sprintf("# TYPE %s %s\n", family, first.kind))
	winners, has := map[string]string{}, map[string]int{}
	for _, e := range owners {
		for _, label := range e.series[family] {
			if has[label]++; has[label] == 2 {
				o.shared[family]++
			}
		}
		switch {
		case e.kind != first.kind:
			o.lose(e, Conflict{Family: family, Kind: ConflictType, Other: inNS(first.name), Count: len(e.series[family])})
		case e.help != "" && e.help != help.help:
			o.lose(e, Conflict{Family: family, Kind: ConflictHelp, Other: inNS(help.name)})
			fallthrough
		default:
			o.addSeries(family, e, winners)
		}
	}
}

// addSeries shows the series of e that are not in winners yet.
func (o *outlook) addSeries(family string, e *modelExporter, winners map[string]string) {
	lost := map[string]int{}
	for _, label := range e.series[family] {
		if winner, taken := winners[label]; taken {
			lost[winner]++
			continue
		}
		winners[label] = e.name
		o.lines = append(o.lines, fmt.Sprintf("%s{l=%q} %d\n", family, label, e.name[0]))
	}
	for winner, n := range lost {
		o.lose(e, Conflict{Family: family, Kind: ConflictSeries, Other: inNS(winner), Count: n})
	}
}

func (o *outlook) lose(e *modelExporter, c Conflict) {
	o.conflicts[e.name] = append(o.conflicts[e.name], c)
}

// owners are the served exporters that have the family, the oldest first.
func (m *reference) owners(family string) []*modelExporter {
	return slices.SortedFunc(func(yield func(*modelExporter) bool) {
		for e := range maps.Values(m.exporters) {
			if len(e.series[family]) > 0 && !m.hidden[e.name] && !yield(e) {
				return
			}
		}
	}, func(a, b *modelExporter) int {
		if a.age != b.age {
			return a.age - b.age
		}
		return int(a.name[0]) - int(b.name[0])
	})
}

// oldestHelp returns who gives the help text, if anybody does.
func oldestHelp(owners []*modelExporter) *modelExporter {
	for _, e := range owners {
		if e.help != "" && e.kind == owners[0].kind {
			return e
		}
	}
	return owners[0]
}

func inNS(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: "ns", Name: name}
}
