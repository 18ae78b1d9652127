package ringcmd

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const group = "gk3jvexample"

var now = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)

// table is one in which everything occurs: b drains, c is silent, d has ended and
// has come back, and a partition that nobody owns.
func table() ring.Table {
	return ring.Table{
		Epoch: 1109, Term: 4,
		Members: []ring.Member{
			{Name: "adxexporter-a", Identity: "adxexporter-a/u1/00000001"},
			{Name: "adxexporter-b", Identity: "adxexporter-b/u2/00000001", Draining: true},
			{Name: "adxexporter-c", Identity: "adxexporter-c/u3/00000001"},
			{Name: "adxexporter-d", Identity: "adxexporter-d/u4/00000001"},
		},
		Owners:      []int32{0, 0, 0, 1, 1, 1, 2, 3, -1},
		Generations: []int64{1100, 1100, 1105, 1100, 1100, 1100, 1101, 1102, 0},
		Handoffs: []ring.Handoff{
			{Partitions: []int32{3, 4}, From: "adxexporter-b/u2/00000001", To: "adxexporter-a/u1/00000001", Epoch: 1108},
			{Partitions: []int32{5}, From: "adxexporter-b/u2/00000001", To: "adxexporter-c/u3/00000001", Epoch: 1109},
		},
	}
}

func lease(pod, holder string, ago time.Duration, annotations map[string]string) *coordinationv1.Lease {
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "monitoring", Name: sharding.LeaseName(group, pod),
			Labels: map[string]string{sharding.LabelRing: group}, Annotations: annotations,
		},
		Spec: coordinationv1.LeaseSpec{
			HolderIdentity: &holder, LeaseDurationSeconds: new(int32(10)),
			RenewTime: new(metav1.NewMicroTime(now.Add(-ago))),
		},
	}
}

func ringOf(name string, table ring.Table) *v1.ExporterRing {
	return &v1.ExporterRing{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1.ExporterRingSpec{
			Partitions: int32(max(9, len(table.Owners))), Hash: ring.HashName,
			LeaseNamespace: "monitoring", Labels: "environment=production,region=eastus",
		},
		Status: table.Encode(),
	}
}

func exporter(name string, busy time.Duration, criteria map[string][]string) *v1.MetricsExporter {
	e := &v1.MetricsExporter{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: name},
		Spec:       v1.MetricsExporterSpec{Interval: metav1.Duration{Duration: time.Minute}, Criteria: criteria},
	}
	if busy > 0 {
		e.Status.Groups = []v1.GroupStatus{{Group: group, Last: &v1.LastRun{DurationMs: busy.Milliseconds()}}}
	}
	return e
}

func clusterOf(t *testing.T, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	require.NoError(t, v1.AddToScheme(scheme))
	require.NoError(t, coordinationv1.AddToScheme(scheme))
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

// cluster is that of table.
func cluster(t *testing.T) client.Client {
	t.Helper()
	version := map[string]string{sharding.AnnotationVersion: "v1.2.0"}
	leader := lease("leader", "adxexporter-a/u1/candidate", time.Second, nil)
	leader.Labels = nil
	stranger := lease("adxexporter-x", "adxexporter-x/u9/00000001", 0, nil)
	stranger.Name, stranger.Labels[sharding.LabelRing] = sharding.LeaseName("gother", "adxexporter-x"), "gother"
	return clusterOf(t, ringOf(group, table()), leader, stranger,
		lease("adxexporter-a", "adxexporter-a/u1/00000001", time.Second, version),
		lease("adxexporter-b", "adxexporter-b/u2/00000001", 1400*time.Millisecond, map[string]string{
			sharding.AnnotationVersion: "v1.2.0", sharding.AnnotationDraining: "stopping", sharding.AnnotationAck: "1108",
		}),
		lease("adxexporter-c", "adxexporter-c/u3/00000001", 11*time.Second, version),
		lease("adxexporter-d", "adxexporter-d/u4/00000002", 0, version),
		lease("adxexporter-e", "!fenced/adxexporter-a/u1/00000001", time.Hour, version),
		lease("adxexporter-f", "", time.Hour, version),
	)
}

// TestViews compares what is printed with testdata/*.golden: text and JSON of each
// view. -update records them anew.
func TestViews(t *testing.T) {
	state, err := Read(t.Context(), cluster(t), group)
	require.NoError(t, err)
	keys := map[int]string{}
	for i := range 100 {
		key := "team/exporter-" + strconv.Itoa(i)
		keys[ring.Partition(key, 9)] = key
	}
	explain := func(p int) View {
		view, err := NewExplanation(state, keys[p], now)
		require.NoError(t, err)
		return view
	}
	simulate := func(change ring.Change) View {
		view, err := NewSimulation(state, nil, change)
		require.NoError(t, err)
		return view
	}
	views := map[string]View{
		"members":          NewMembers(state, now),
		"table":            NewTable(state),
		"explain-rests":    explain(0),
		"explain-released": explain(3),
		"explain-asked":    explain(5),
		"explain-silent":   explain(6),
		"explain-ended":    explain(7),
		"explain-nobody":   explain(8),
		"simulate-join":    simulate(ring.Change{Joining: []string{"adxexporter-e"}}),
		"simulate-leave":   simulate(ring.Change{Leaving: []string{"adxexporter-c"}}),
	}
	for name, view := range views {
		t.Run(name, func(t *testing.T) {
			requireGolden(t, name+".txt", printed(t, Text, view))
			requireGolden(t, name+".json", printed(t, JSON, view))
		})
	}
}

func printed(t *testing.T, format Format, view View) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, Write(&out, format, view))
	return out.String()
}

func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestEmptyRing: a ring that has just been made.
func TestEmptyRing(t *testing.T) {
	state, err := Read(t.Context(), clusterOf(t, ringOf(group, ring.Table{})), "")
	require.NoError(t, err)
	require.Empty(t, state.Leader)
	members := printed(t, JSON, NewMembers(state, now))
	require.True(t, json.Valid([]byte(members)))
	require.Contains(t, members, `"members": []`)
	require.Contains(t, printed(t, JSON, NewTable(state)), `"runs": []`)
	require.Contains(t, printed(t, Text, NewMembers(state, now)), "nobody leads, epoch 0")
	_, err = NewExplanation(state, "team/a", now)
	require.ErrorIs(t, err, ErrNoTable)
	_, err = NewSimulation(state, nil, ring.Change{})
	require.ErrorIs(t, err, ErrNoTable)
}

func TestReadErrors(t *testing.T) {
	broken := ringOf(group, table())
	broken.Status.Table = "%"
	cases := map[string]struct {
		reason  string
		objects []client.Object
		name    string
		is      error
		want    string
	}{
		"None":    {"nothing has run yet", nil, "", ErrChoose, "say which ring: there is none yet; the first replica makes it"},
		"Several": {"they are named", []client.Object{ringOf("ga", ring.Table{}), ringOf("gb", ring.Table{})}, "", ErrChoose, "say which ring: ga (environment=production,region=eastus), gb (environment=production,region=eastus)"},
		"Unknown": {"the API server says so", nil, "gx", nil, `cannot read the ring "gx": exporterrings.adx-mon.azure.com "gx" not found`},
		"Corrupt": {"nothing is made up", []client.Object{broken}, group, ring.ErrCorrupt, `cannot read the ring "` + group + `": the ring's status holds no valid table: its owners`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), clusterOf(t, tc.objects...), tc.name)
			require.EqualError(t, err, tc.want, tc.reason)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
		})
	}
}

// TestWeights: partitions weigh what their exporters cost that are meant for the
// ring's labels.
func TestWeights(t *testing.T) {
	c := clusterOf(t, ringOf(group, table()),
		exporter("slow", 3*time.Second, nil), exporter("quick", time.Second, map[string][]string{"region": {"eastus"}}),
		exporter("new", 0, nil), exporter("elsewhere", time.Hour, map[string][]string{"region": {"westus"}}),
	)
	state, err := Read(t.Context(), c, group)
	require.NoError(t, err)
	got, err := state.Weights(t.Context(), c, now)
	require.NoError(t, err)
	want := make([]float64, 9)
	slow, quick := 0.002+3.0/32, 0.002+1.0/32 // a run, and waiting
	mean := (slow + quick) / 2
	for name, cost := range map[string]float64{"slow": slow / mean, "quick": quick / mean, "new": 1} {
		want[ring.Partition("team/"+name, 9)] += cost
	}
	require.InDeltaSlice(t, want, got, 1e-9)
}
