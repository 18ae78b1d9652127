package exposition

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

// TestStories runs testdata/stories/*.txt: what exporters deliver, and what a scrape
// shows then. The commands:
//
//	store [timestamps] [max-series=N] [max-line=N]   begin with an empty store
//	deliver NAME [created=N] [end=DURATION] [interval=DURATION] [delay=DURATION] [uid=U] [unit=U]
//	  The input is text format; the type and help of its first family hold for all.
//	  The exporter was created on day N, the window ends at 10:00 + end.
//	forget NAME
//	export NAME                                      keep what the store has of it, for an import
//	import NAME                                      also into another store
//	serve NAME...                                    what this instance owns; none: all
//	advance DURATION
//	conflicts NAME
//	scrape [openmetrics] [name=(METRIC,...)]
//
// -rewrite records the output anew. Do not accept what you cannot explain.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		st := story{exported: map[string][]byte{}}
		st.begin(Options{})
		datadriven.RunTest(t, path, st.run)
	})
}

type story struct {
	now    time.Time
	served []string
	store  *Store
	// exported is what export has kept, as JSON.
	exported map[string][]byte
}

// begin makes an empty store at 10:00, for an instance that owns everything.
func (st *story) begin(opts Options) {
	st.now, st.served = windowEnd, nil
	opts.Now = func() time.Time { return st.now }
	opts.Serve = func(n types.NamespacedName) bool { return len(st.served) == 0 || slices.Contains(st.served, n.Name) }
	st.store = NewStore(opts, nil)
}

func (st *story) run(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	switch d.Cmd {
	case "store":
		opts := Options{Timestamps: d.HasArg("timestamps")}
		d.MaybeScanArgs(t, "max-series", &opts.MaxSeries)
		d.MaybeScanArgs(t, "max-line", &opts.MaxLine)
		st.begin(opts)
	case "deliver":
		return outcome(st.store.Deliver(t.Context(), parseDelivery(t, d)))
	case "forget":
		st.store.Forget(exporterName(d))
	case "export":
		exported, found := st.store.Export(exporterName(d))
		if !found {
			return "nothing\n"
		}
		st.exported[d.CmdArgs[0].Key] = encodeExported(t, exported)
	case "import":
		if err := st.store.Import(decodeExported(t, st.exported[d.CmdArgs[0].Key])); err != nil {
			return err.Error() + "\n"
		}
	case "serve":
		st.served = nil
		for _, arg := range d.CmdArgs {
			st.served = append(st.served, arg.Key)
		}
	case "advance":
		st.now = st.now.Add(duration(t, d.CmdArgs[0].Key))
	case "conflicts":
		var b strings.Builder
		for _, c := range st.store.Conflicts(exporterName(d)) {
			fmt.Fprintf(&b, "%s %d: %s\n", c.Kind, c.Count, c)
		}
		return b.String()
	case "scrape":
		return st.scrape(d)
	default:
		d.Fatalf(t, "unknown command %q", d.Cmd)
	}
	return ""
}

func (st *story) scrape(d *datadriven.TestData) string {
	f := formatText
	if d.HasArg("openmetrics") {
		f = formatOpenMetrics
	}
	var names []string
	if arg, found := d.Arg("name"); found {
		names = arg.Vals
	}
	var b strings.Builder
	_ = st.store.view().body(f, names).write(&b, &st.store.codec) // a Builder never fails
	return b.String()
}

func encodeExported(t require.TestingT, e Exported) []byte {
	content, err := json.Marshal(e)
	require.NoError(t, err)
	return content
}

func decodeExported(t require.TestingT, content []byte) Exported {
	var e Exported
	require.NoError(t, json.Unmarshal(content, &e))
	return e
}

// outcome prints an error after what it consists of.
func outcome(err error) string {
	if err == nil {
		return ""
	}
	var kinds []string
	if _, found := errors.AsType[*ConflictError](err); found {
		kinds = append(kinds, "conflict")
	}
	if limit, found := errors.AsType[*LimitError](err); found {
		kinds = append(kinds, fmt.Sprintf("limit %d", limit.LeftOut))
	}
	return fmt.Sprintf("%s: %v\n", strings.Join(kinds, ", "), err)
}

// exporterName reads NAME, of the namespace ns, or NAMESPACE/NAME.
func exporterName(d *datadriven.TestData) types.NamespacedName {
	namespace, name, found := strings.Cut(d.CmdArgs[0].Key, "/")
	if !found {
		return inNS(namespace)
	}
	return types.NamespacedName{Namespace: namespace, Name: name}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	dur, err := time.ParseDuration(text)
	require.NoError(t, err)
	return dur
}

func parseDelivery(t *testing.T, d *datadriven.TestData) metric.Delivery {
	t.Helper()
	day, end, interval, delay, uid := 0, "0s", "1m", "0s", ""
	d.MaybeScanArgs(t, "created", &day)
	d.MaybeScanArgs(t, "end", &end)
	d.MaybeScanArgs(t, "interval", &interval)
	d.MaybeScanArgs(t, "delay", &delay)
	d.MaybeScanArgs(t, "uid", &uid)
	window := metric.Delivery{
		Source: metric.Source{
			NamespacedName: exporterName(d), UID: types.UID(uid), Created: time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC),
		},
		End:      windowEnd.Add(duration(t, end)),
		Interval: duration(t, interval),
		Delay:    duration(t, delay),
	}
	window.Start = window.End.Add(-window.Interval)
	window.Batch = parseBatch(t, d)
	return window
}

func parseBatch(t *testing.T, d *datadriven.TestData) *metric.Batch {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(d.Input + "\n"))
	require.NoError(t, err, d.Pos)
	var opts batchtest.Options
	d.MaybeScanArgs(t, "unit", &opts.Unit)
	var samples []batchtest.Sample
	for _, name := range slices.Sorted(maps.Keys(families)) {
		f := families[name]
		if f.GetType() == dto.MetricType_COUNTER {
			opts.Type = metric.Counter
		}
		if opts.Help == "" {
			opts.Help = f.GetHelp()
		}
		for _, m := range f.Metric {
			samples = append(samples, parseSample(name, m))
		}
	}
	return batchtest.New(t, opts, samples...)
}

func parseSample(name string, m *dto.Metric) batchtest.Sample {
	s := batchtest.Sample{
		Name: name, Labels: make(map[string]string), Time: windowEnd,
		Value: m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue(),
	}
	if m.TimestampMs != nil {
		s.Time = time.UnixMilli(m.GetTimestampMs())
	}
	for _, l := range m.Label {
		s.Labels[l.GetName()] = l.GetValue()
	}
	return s
}
