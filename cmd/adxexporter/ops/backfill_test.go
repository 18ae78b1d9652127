package ops

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

func when(t *testing.T, text string) When {
	t.Helper()
	var w When
	if text != "" {
		require.NoError(t, w.UnmarshalText([]byte(text)))
	}
	return w
}

func TestWhen(t *testing.T) {
	cases := map[string]struct {
		text string
		want string
	}{
		"Now":      {"now", "2026-11-26T10:00:30Z"},
		"Exact":    {"2026-11-01T10:00:00Z", "2026-11-01T10:00:00Z"},
		"Zone":     {"2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00Z"},
		"Fraction": {"2026-11-01T10:00:00.9Z", "2026-11-01T10:00:00Z"},
		"Date":     {"2026-11-01", "2026-11-01T00:00:00Z"},
		"Ago":      {"-2h30m", "2026-11-26T07:30:30Z"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := when(t, tc.text)
			require.Equal(t, tc.want, w.At(now).Format(time.RFC3339Nano))
			require.Equal(t, tc.text, w.String())
			require.False(t, w.IsZero())
		})
	}
	for _, text := range []string{"", "2h", "yesterday", "2026-13-01", "-", "0s"} {
		require.ErrorContains(t, new(When).UnmarshalText([]byte(text)), `cannot read time "`+text+`": want `, text)
	}
}

// FuzzWhen: what is read can be read again, and is no later than now unless it says
// when.
func FuzzWhen(f *testing.F) {
	for _, text := range []string{"now", "2026-11-01", "2026-11-01T10:00:00+02:00", "-2h", "2h", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var first, again When
		if first.UnmarshalText([]byte(text)) != nil {
			return
		}
		require.NoError(t, again.UnmarshalText([]byte(first.String())))
		require.Equal(t, first, again)
		require.Zero(t, first.At(now).Nanosecond())
		require.True(t, !first.exact.IsZero() || !first.At(now).After(now))
	})
}

// TestBackfillRefused: what cannot be is said before anything is changed.
func TestBackfillRefused(t *testing.T) {
	cases := map[string]struct {
		change   func(*v1.MetricsExporter)
		from, to string
		id       string
		want     string
	}{
		"NoFrom":     {nil, "", "now", "new", `say where the range begins: --from=TIME`},
		"Backwards":  {nil, "2026-11-02", "2026-11-01", "new", `--from=2026-11-02 is not before --to=2026-11-01`},
		"Empty":      {nil, "-1h", "-1h", "new", `--from=-1h is not before --to=-1h`},
		"FutureFrom": {nil, "2026-11-27", "2026-11-28", "new", `--from=2026-11-27 is in the future: live work does what is to come`},
		"FutureTo":   {nil, "2026-11-26", "2026-11-28", "new", `--to=2026-11-28 is in the future: live work does what is to come`},
		"NoWhole":    {nil, "2026-11-26T09:00:10Z", "2026-11-26T09:01:50Z", "new", `there is no whole window of 1m0s that is past in [2026-11-26T09:00:10Z, 2026-11-26T09:01:50Z)`},
		"NotSettled": {nil, "2026-11-26T10:00:00Z", "now", "new", `there is no whole window of 1m0s that is past in [2026-11-26T10:00:00Z, 2026-11-26T10:00:30Z)`},
		"TooLong":    {nil, "2026-01-01", "now", "new", `[2026-01-01T00:00:00Z, 2026-11-26T10:00:30Z) is more than 100000 windows of 1m0s: ask for a part, and for the rest once it is done`},
		"Scraped": {
			func(e *v1.MetricsExporter) { e.Spec.Outputs = []v1.Output{v1.OutputPrometheus} }, "-2h", "now", "new",
			`MetricsExporter "monitoring/latency" has no output for past windows: a scrape takes only the newest, so add OTLP or RemoteWrite to spec.outputs`,
		},
		"Suspended": {func(e *v1.MetricsExporter) { e.Spec.Suspend = true }, "-2h", "now", "new", `MetricsExporter "monitoring/latency" is suspended: set spec.suspend to false first`},
		"Unfinished": {
			func(e *v1.MetricsExporter) { e.Spec.Backfill = earlier() }, "-2h", "now", "new",
			`backfill "old" of "monitoring/latency" has 3 windows to go: watch it by --request-id=old, or cancel it by --replace`,
		},
		"OtherRange": {
			func(e *v1.MetricsExporter) { e.Spec.Backfill = earlier() }, "2026-11-25", "now", "old",
			`backfill "old" is there already, for [2026-11-26T08:00:00Z, 2026-11-26T09:00:00Z): leave --from and --to away to watch it, or choose another --request-id`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			object := exporter(latency)
			if tc.change != nil {
				tc.change(object)
			}
			group := entry("ga", "region=eastus")
			group.Backfill = &v1.BackfillStatus{RequestID: "old", Windows: 60, Pending: 3}
			w.create(object, group)
			err := w.Backfill(t.Context(), Backfill{
				Exporter: latency, From: when(t, tc.from), To: when(t, tc.to), RequestID: tc.id, MaxInFlight: 1,
			}, now)
			require.EqualError(t, err, tc.want)
			var refusal *Refusal
			require.ErrorAs(t, err, &refusal)
			require.Empty(t, w.told())
			found, err := w.get(t.Context(), latency)
			require.NoError(t, err)
			require.Equal(t, object.Generation, found.Generation)
		})
	}
}

// earlier is a request that is there already.
func earlier() *v1.Backfill {
	return &v1.Backfill{RequestID: "old", StartTime: *at("08:00:00"), EndTime: *at("09:00:00"), MaxInFlight: 7}
}

// plan is what a session prints of a backfill of two hours.
const plan = `backfill fix of monitoring/latency
windows  119 of 1m0s each
first    [2026-11-26T08:01:00Z, 2026-11-26T08:02:00Z)
last     [2026-11-26T09:59:00Z, 2026-11-26T10:00:00Z)
outputs  all that the instance pushes to
not run  [2026-11-26T08:00:30Z, 2026-11-26T08:01:00Z): no whole window
not run  [2026-11-26T10:00:00Z, 2026-11-26T10:00:30Z): no whole window, or not past; live work does what is to come
`

const again = "adxexporter backfill --namespace=monitoring latency --request-id=fix\n"

// TestBackfill: the owner takes the request up before the third look, and has less
// to do at each.
func TestBackfill(t *testing.T) {
	// to makes the owner have that many windows to go before each look from the third.
	to := func(pending ...int64) func(*v1.MetricsExporter, *v1.GroupStatus, int) {
		return func(object *v1.MetricsExporter, group *v1.GroupStatus, look int) {
			group.Backfill = &v1.BackfillStatus{RequestID: object.Spec.Backfill.RequestID, Windows: 119, Pending: pending[look]}
		}
	}
	dead := v1.DeadLetter{StartTime: *at("07:59:00"), EndTime: *at("08:03:00"), Attempts: 3, At: *at("10:01:00"), Reason: v1.ReasonQueryTimeout}
	cases := map[string]struct {
		replace  bool
		terminal bool
		known    []v1.DeadLetter
		does     func(*v1.MetricsExporter, *v1.GroupStatus, int)
		fails    bool
		want     string
	}{
		"Lines": {
			false, false, nil, to(119, 119, 100, 100, 50, 0), false,
			plan + "  0 %  0 of 119 windows\n 15 %  19 of 119 windows\n 57 %  69 of 119 windows\n100 %  119 of 119 windows\nFinished: 119 windows.\n",
		},
		"Bar": {false, true, nil, to(119, 60, 0), false, plan +
			"\rfix [..............................]   0 % 0 of 119 windows" +
			"\rfix [##############................]  49 % 59 of 119 windows" +
			"\rfix [##############################] 100 % 119 of 119 windows\nFinished: 119 windows.\n"},
		"GivenUp": {false, false, nil, func(object *v1.MetricsExporter, group *v1.GroupStatus, look int) {
			to(119, 0)(object, group, look)
			group.DeadLetters = []v1.DeadLetter{dead}
		}, true, plan + "  0 %  0 of 119 windows\n100 %  119 of 119 windows\nFinished, but 2 windows of the range could not be delivered and are dead letters: adxexporter status shows why.\n"},
		"GivenUpBefore": {false, false, []v1.DeadLetter{dead}, to(0), false, plan + "100 %  119 of 119 windows\nFinished: 119 windows.\n"},
		"NothingRun": {false, false, nil, func(object *v1.MetricsExporter, group *v1.GroupStatus, _ int) {
			group.Backfill = &v1.BackfillStatus{RequestID: object.Spec.Backfill.RequestID, Message: "No output of this exporter takes past windows."}
		}, true, plan + "Nothing is run on region=eastus: No output of this exporter takes past windows.\n"},
		"Replaces": {true, false, nil, to(0), false, plan + "100 %  119 of 119 windows\nFinished: 119 windows.\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Terminal = tc.terminal
			object, group := exporter(latency), entry("ga", "region=eastus")
			if tc.replace {
				object.Spec.Backfill = earlier()
				group.Backfill = &v1.BackfillStatus{RequestID: "old", Windows: 60, Pending: 3}
			}
			group.DeadLetters = tc.known
			w.create(object, group)
			w.each = func(read int) {
				if read >= 3 {
					w.owner(latency, func(object *v1.MetricsExporter, group *v1.GroupStatus) { tc.does(object, group, read-3) })
				}
			}
			err := w.Backfill(t.Context(), Backfill{
				Exporter: latency, From: when(t, "-2h"), To: when(t, "now"), RequestID: "fix", MaxInFlight: 2, Replace: tc.replace, Wait: true,
			}, now)
			if tc.fails {
				require.ErrorIs(t, err, ErrNotDone)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, tc.want, w.told())
			w.each = func(int) {}
			found, err := w.get(t.Context(), latency)
			require.NoError(t, err)
			require.Equal(t, int32(2), found.Spec.Backfill.MaxInFlight)
			require.Equal(t, "2026-11-26T08:00:30Z", found.Spec.Backfill.StartTime.UTC().Format(time.RFC3339))
			require.Equal(t, "2026-11-26T10:00:30Z", found.Spec.Backfill.EndTime.UTC().Format(time.RFC3339))
		})
	}
}

// TestBackfillPlan: nothing is changed by a dry run, and an exporter that pushes to
// one output only says so.
func TestBackfillPlan(t *testing.T) {
	w := newWorld(t)
	w.create(exporter(latency, v1.OutputPrometheus, v1.OutputOTLP), entry("ga", ""))
	b := Backfill{Exporter: latency, From: when(t, "-2h"), To: when(t, "now"), RequestID: "fix", DryRun: true}
	require.NoError(t, w.Backfill(t.Context(), b, now))
	require.Equal(t, strings.Replace(plan, "all that the instance pushes to", "OTLP", 1)+"dry run  nothing is changed\n", w.told())
	found, err := w.get(t.Context(), latency)
	require.NoError(t, err)
	require.Nil(t, found.Spec.Backfill)
}

// TestBackfillGoesOn: who does not wait, or no longer, is told how to go on; the same
// request again is watched.
func TestBackfillGoesOn(t *testing.T) {
	w := newWorld(t)
	w.create(exporter(latency), entry("ga", "region=eastus"))
	b := Backfill{Exporter: latency, From: when(t, "-2h"), To: when(t, "now"), RequestID: "fix", MaxInFlight: 1}
	require.NoError(t, w.Backfill(t.Context(), b, now))
	require.Equal(t, plan+"It runs in the cluster. To see how far it is: "+again, w.told())

	const there = "backfill fix of monitoring/latency is there already, for [2026-11-26T08:00:30Z, 2026-11-26T10:00:30Z)\n"
	b.DryRun = true
	require.NoError(t, w.Backfill(t.Context(), b, now))
	require.Equal(t, there+"dry run  nothing is changed\n", w.told())

	b.DryRun, b.Wait = false, true
	ctx, interrupt := context.WithCancel(t.Context())
	w.each = func(read int) {
		if read == w.reads && read > 6 {
			interrupt()
		}
	}
	require.ErrorIs(t, w.Backfill(ctx, b, now.Add(time.Hour)), ErrNotDone)
	require.Equal(t, there+"It goes on in the cluster. To see how far it is: "+again, w.told())

	w.each = func(int) {}
	w.owner(latency, func(_ *v1.MetricsExporter, group *v1.GroupStatus) {
		group.Backfill = &v1.BackfillStatus{RequestID: "fix", Windows: 119}
	})
	b.From = When{}
	require.NoError(t, w.Backfill(t.Context(), b, now))
	require.Equal(t, there+"100 %  119 of 119 windows\nFinished: 119 windows.\n", w.told())
}

// TestBackfillCancelled: somebody else removes the request, or puts another in its
// place.
func TestBackfillCancelled(t *testing.T) {
	cases := map[string]struct {
		change any
		want   string
	}{
		"Removed":  {nil, "Cancelled: somebody has removed spec.backfill.\n"},
		"Replaced": {map[string]any{"requestId": "theirs"}, "Cancelled: somebody has asked for \"theirs\" in its place.\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.create(exporter(latency), entry("ga", ""))
			w.each = func(read int) {
				if read == 4 {
					require.NoError(t, w.patch(t.Context(), latency, map[string]any{"spec": map[string]any{"backfill": tc.change}}))
				}
			}
			b := Backfill{Exporter: latency, From: when(t, "-2h"), To: when(t, "now"), RequestID: "fix", MaxInFlight: 1, Wait: true}
			require.ErrorIs(t, w.Backfill(t.Context(), b, now), ErrNotDone)
			require.Equal(t, plan+tc.want, w.told())
		})
	}
}

// TestBackfillRace: an exporter that has changed since it was read is left alone.
func TestBackfillRace(t *testing.T) {
	w := newWorld(t)
	w.create(exporter(latency), entry("ga", ""))
	found, err := w.get(t.Context(), latency)
	require.NoError(t, err)
	w.owner(latency, func(*v1.MetricsExporter, *v1.GroupStatus) {})
	p := NewPlan(found, now.Add(-time.Hour), now, now)
	err = w.order(t.Context(), Backfill{Exporter: latency, RequestID: "fix", MaxInFlight: 1}, p, found.ResourceVersion)
	require.EqualError(t, err, `cannot change MetricsExporter "monitoring/latency": somebody else has just changed it; try again`)
}

// TestBackfillOfNewExporter: what is past is what now is after, until the exporter
// has run.
func TestBackfillOfNewExporter(t *testing.T) {
	p := NewPlan(exporter(latency), now.Add(-2*time.Minute), now, now)
	require.Equal(t, int64(1), p.Windows)
	require.Equal(t, "2026-11-26T10:00:00Z", p.Range.End.Format(time.RFC3339))
}
