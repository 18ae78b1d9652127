package scale

import (
	"fmt"
	"math"
	"net/url"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/adx-mon/adxexporter/executor/schedule"
)

var unstructuredSerializer = scheme.Codecs.WithoutConversion()

// world is what all phases share.
type world struct {
	*plane

	dir             string
	n               int
	phase           time.Duration
	kusto, receiver string
	uids            map[string]string
}

// TestScale: many exporters of a minute over three replicas, with answers that take
// a moment and half a second, exposed and pushed.
func TestScale(t *testing.T) {
	guard(t)
	w := &world{
		dir: t.TempDir(), n: number(t, "ADXEXPORTER_SCALE_EXPORTERS", 10_000),
		phase: time.Duration(number(t, "ADXEXPORTER_SCALE_MINUTES", 2)) * time.Minute,
		uids:  map[string]string{},
	}
	w.kusto, _ = startPart(t, "kusto")
	w.receiver, _ = startPart(t, "receiver")
	w.plane = startPlane(t, w.dir)

	idle := w.rest(t, "idle", "--cluster-labels=environment=elsewhere,region=idle", "--watch-namespace=nobody")
	report(t, "idle_memory", idle.memory, 40, "MB")

	began := time.Now()
	w.create(t, w.n)
	note("create", float64(w.n)/time.Since(began).Seconds(), "/s")
	for _, x := range w.exporters(t) {
		w.uids[x.GetNamespace()+"/"+x.GetName()] = string(x.GetUID())
	}

	others := w.rest(t, "others", "--cluster-labels=environment=elsewhere,region=others")
	report(t, "informer_heap_per_exporter", 1e3*(others.heap-idle.heap)/float64(w.n), 8, "kB")
	w.startUp(t)

	if os.Getenv("ADXEXPORTER_SCALE_OUTPUT") != "push" { // the first part takes the longer time
		w.scraped(t)
	}
	w.pushed(t)
}

// scraped measures replicas that are scraped only.
func (w *world) scraped(t *testing.T) {
	t.Helper()
	replicas := w.start(t, "scrape", "--kusto-concurrency=256")
	defer stop(replicas)
	alone := w.measure(t, "scrape_5ms", "5ms", replicas, limits{late: 3, writes: 40})
	w.measure(t, "scrape_500ms", "500ms", replicas, limits{late: 6, writes: 40})
	w.sizes(t)
	w.createLarge(t)
	beside := w.measure(t, "scrape_5ms_beside_large", "5ms", replicas, limits{late: 3, writes: 40})
	// Lateness below a tenth of a second is that of the machine.
	report(t, "late_p99_beside_large", max(beside, 0.1)/max(alone, 0.1), 1.1, "x")
}

// pushed measures replicas that push.
func (w *world) pushed(t *testing.T) {
	t.Helper()
	replicas := w.start(t, "push", "--kusto-concurrency=256", "--web.enable-lifecycle=false", "--otlp-endpoint="+w.receiver+"/v1/metrics", "--commit-rate=60")
	defer stop(replicas)
	// The control plane writes a status for each window, on the same cores: a tenth of
	// the interval is what is asked.
	w.measure(t, "push_5ms", "5ms", replicas, limits{late: 6, writes: 170})
}

// resting is what a replica takes that has nothing to do, in MB.
type resting struct{ memory, heap float64 }

// rest starts a replica that runs no exporter, and looks at it after a while.
func (w *world) rest(t *testing.T, name string, flags ...string) resting {
	t.Helper()
	r := startReplica(t, w.dir, name, w.kubeconfig, append(flags, "--kusto-endpoint=DB="+w.kusto)...)
	defer r.end()
	w.await(t, []*replica{r})
	time.Sleep(10 * time.Second)
	// What it has mapped of its own file is shared with the other replicas of a node,
	// and the kernel may drop it at any time.
	note(name+"_mapped_program", memory(t, r.pid, "RssFile"), "MB")
	own := memory(t, r.pid, "RssAnon")
	r.collectGarbage(t)
	r.collectGarbage(t)
	return resting{own, r.metrics(t).sum("go_memstats_heap_alloc_bytes") / 1e6}
}

// startUp measures how long the first replica of a ring takes until it is ready,
// beyond the time that reading the exporters takes.
func (w *world) startUp(t *testing.T) {
	t.Helper()
	r := startReplica(t, w.dir, "first", w.kubeconfig, "--cluster-labels=environment=scale,region=first", "--kusto-endpoint=DB="+w.kusto)
	defer r.end()
	var synced, ready time.Duration
	require.Eventually(t, func() bool {
		err := r.ready()
		if since := time.Since(r.started); synced == 0 && (err == nil || r.listed()) {
			synced = since
		}
		ready = time.Since(r.started)
		return err == nil
	}, 5*time.Minute, 50*time.Millisecond)
	note("start_listed", synced.Seconds(), "s")
	report(t, "start_ready_beyond_list", (ready - synced).Seconds(), 5, "s")
}

func (w *world) await(t *testing.T, replicas []*replica) {
	t.Helper()
	for _, r := range replicas {
		require.EventuallyWithT(t, func(c *assert.CollectT) { require.NoError(c, r.ready()) }, 5*time.Minute, 200*time.Millisecond)
	}
}

// start starts three replicas and waits until they share the exporters and have run
// each once.
func (w *world) start(t *testing.T, name string, flags ...string) []*replica {
	t.Helper()
	var replicas []*replica
	for i := range 3 {
		replicas = append(replicas, startReplica(t, w.dir, fmt.Sprintf("%s-%d", name, i), w.kubeconfig,
			append([]string{"--cluster-labels=environment=scale,region=" + name, "--kusto-endpoint=DB=" + w.kusto}, flags...)...))
	}
	w.await(t, replicas)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		total, least, written := 0.0, math.Inf(1), 0.0
		for _, r := range replicas {
			now := r.metrics(t)
			owned := now.sum("adxexporter_exporters_owned")
			total, least, written = total+owned, min(least, owned), written+now.sum("adxexporter_commits_total", "result=success")
		}
		require.GreaterOrEqual(c, total, float64(w.n), "all have an owner")
		require.GreaterOrEqual(c, written, float64(w.n), "each has its first status")
		require.Greater(c, least, float64(w.n)/6)
	}, 10*time.Minute, 2*time.Second)
	return replicas
}

func stop(replicas []*replica) {
	for _, r := range replicas {
		r.end()
	}
}

// limits are what a phase must not exceed: lateness in seconds, status writes a
// second.
type limits struct{ late, writes float64 }

// measure lets the replicas go through whole intervals and reports what came of it.
// It returns the lateness of which 99 of 100 windows have less, in seconds.
func (w *world) measure(t *testing.T, phase, delay string, replicas []*replica, limit limits) (p99 float64) {
	t.Helper()
	getJSON(t, w.kusto+"/delay/"+url.PathEscape(delay), &struct{}{})
	// A whole interval to settle. What is asked of replicas here costs them something,
	// too: half a minute away from the windows.
	time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(2*time.Minute + 30*time.Second)))
	getJSON(t, w.kusto+"/journal", &[]asked{})
	began, requests := time.Now(), w.requests(t)
	before := make([]sample, len(replicas))
	for i, r := range replicas {
		before[i] = w.sample(t, r)
	}
	time.Sleep(w.phase)
	var journal []asked
	getJSON(t, w.kusto+"/journal", &journal)
	seconds := time.Since(began).Seconds()
	p99 = w.lateness(t, phase, journal, began, limit.late)
	writes := 0.0
	for i, r := range replicas {
		now := w.sample(t, r)
		writes += now.commits - before[i].commits
		note(fmt.Sprintf("%s_replica%d_cpu", phase, i), (now.cpu-before[i].cpu)/seconds, "cores")
		note(fmt.Sprintf("%s_replica%d_rss", phase, i), memory(t, r.pid, "VmRSS"), "MB")
	}
	report(t, phase+"_status_writes", writes/seconds, limit.writes, "/s")
	after := w.requests(t)
	for _, resource := range []string{"leases", "exporterrings", "metricsexporters"} {
		n := after.sum("apiserver_request_total", "resource="+resource) - requests.sum("apiserver_request_total", "resource="+resource)
		note(phase+"_requests_"+resource, n/seconds, "/s")
	}
	return p99
}

// sample is what a replica has used and done.
type sample struct{ cpu, commits float64 }

func (w *world) sample(t *testing.T, r *replica) sample {
	t.Helper()
	return sample{cpuTime(t, r.pid), r.metrics(t).sum("adxexporter_commits_total")}
}

// lateness compares when Kusto was first asked for the windows that were due since a
// time with when they were due. What is asked for again, for its values, is not late.
func (w *world) lateness(t *testing.T, phase string, journal []asked, since time.Time, limit float64) (p99 float64) {
	t.Helper()
	windows := map[string]map[time.Time]time.Duration{}
	var late []float64
	again := 0
	for _, a := range journal {
		due := a.Start.Add(time.Minute + schedule.Spread(w.uids[a.Exporter], time.Minute))
		if a.Exporter == largeExporter || due.Before(since) {
			continue
		}
		if windows[a.Exporter] == nil {
			windows[a.Exporter] = map[time.Time]time.Duration{}
		}
		before, known := windows[a.Exporter][a.Start]
		if known {
			again++
		}
		if now := a.At.Sub(due); !known || now < before {
			windows[a.Exporter][a.Start] = now
		}
	}
	least := int(w.phase/time.Minute) - 1 // one may begin just before and end just after
	starved := 0
	for exporter := range w.uids {
		if len(windows[exporter]) < max(1, least) {
			starved++
		}
		for _, by := range windows[exporter] {
			late = append(late, by.Seconds())
		}
	}
	require.NotEmpty(t, late)
	slices.Sort(late)
	note(phase+"_windows", float64(len(late)), "")
	note(phase+"_asked_again", float64(again), "")
	note(phase+"_late_p50", late[len(late)/2], "s")
	p99 = late[len(late)*99/100]
	report(t, phase+"_late_p99", p99, limit, "s")
	report(t, phase+"_starved", float64(starved), 0, "")
	return p99
}

// sizes reports how large the stored objects are.
func (w *world) sizes(t *testing.T) {
	t.Helper()
	var whole, stripped float64
	all := w.exporters(t)
	for i := range all {
		a, b := sizeOf(t, &all[i])
		whole, stripped = whole+a, stripped+b
	}
	note("object_size", whole/float64(len(all))/1e3, "kB")
	note("object_size_cached", stripped/float64(len(all))/1e3, "kB")
}
