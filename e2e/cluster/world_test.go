package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/e2e/kubelet"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/sharding"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// namespace is where the replicas are.
const namespace = "adx-mon-system"

// deployments are the sets of replicas in testdata, and their cluster labels.
var deployments = map[string]string{
	"adxexporter":      "environment=production,region=eastus",
	"adxexporter-west": "environment=production,region=westus",
}

// world is a cluster, what the replicas talk to, and the journals of all of it.
type world struct {
	*Cluster

	dir      string
	facts    *facts
	receiver *receiver
	// groups are those of the sets that are deployed.
	groups map[string]string

	mu sync.Mutex // guards what follows
	// exporters is how many there are.
	exporters int
	asked     []asked
	pushed    []pushed
	// ended are the exporters of which a series was said to have ended.
	ended []string
	looks []look
	// marked is since when looks and moves count.
	marked time.Time
	// resumed are the times at which replicas went on that had been frozen.
	resumed map[replica][]time.Time
	crashes []crash
}

// crash is the end of a replica, with what it owned.
type crash struct {
	replica

	at        time.Time
	exporters []string
}

// newWorld starts a cluster without replicas.
func newWorld(t *testing.T, dir string) *world {
	t.Helper()
	program, plane := built(t, "adxexporter"), built(t, "controlplane")
	w := &world{dir: dir, marked: time.Now(), groups: map[string]string{}, resumed: map[replica][]time.Time{}}
	serve(t, kustoAddress, newKusto(func(a asked) { w.note(func() { w.asked = append(w.asked, a) }) }))
	w.receiver = newReceiver(
		func(p pushed) { w.note(func() { w.pushed = append(w.pushed, p) }) },
		func(exporter string) { w.note(func() { w.ended = append(w.ended, exporter) }) },
	)
	serve(t, receiverAddress, w.receiver)
	var err error
	w.Cluster, err = Start(t.Context(), Options{Dir: dir, ControlPlane: plane, Program: program, Log: logTo(t, filepath.Join(dir, "cluster.log"))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return w
}

// logTo returns a log in a file.
func logTo(t *testing.T, file string) *zap.Logger {
	t.Helper()
	out, err := os.Create(file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = out.Close() })
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(out), zap.InfoLevel))
}

// deploy applies a folder of manifests with a set of replicas, and follows it.
func (w *world) deploy(t *testing.T, manifests, set string) error {
	t.Helper()
	if _, err := w.Kubectl(t.Context(), "apply", "-k", manifests); err != nil {
		return err
	}
	return w.follow(t, set)
}

// follow counts what comes of a set, and watches what comes of the first one until the
// test ends.
func (w *world) follow(t *testing.T, set string) error {
	t.Helper()
	labels, err := criteria.ParseLabels([]string{deployments[set]})
	if err != nil {
		return err
	}
	w.note(func() { w.groups[set] = labels.Group() })
	if w.facts != nil {
		return nil
	}
	if w.facts, err = watchFacts(t, w.Config()); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	var looking sync.WaitGroup
	looking.Go(func() {
		watchLooks(ctx, w.Kubelet().Pods, func(l look) { w.note(func() { w.looks = append(w.looks, l) }) })
	})
	t.Cleanup(func() { stop(); looking.Wait() })
	return nil
}

func (w *world) note(add func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	add()
}

// apply creates exporters.
func (w *world) apply(ctx context.Context, n int) error {
	file := filepath.Join(w.dir, "exporters.yaml")
	if err := os.WriteFile(file, []byte(exportersYAML(n)), 0o600); err != nil {
		return err
	}
	w.note(func() { w.exporters = n })
	_, err := w.Kubectl(ctx, "apply", "-f", file)
	return err
}

// shared returns nil once a number of replicas of a set are ready, share all
// partitions in peace, and show each exporter.
func (w *world) shared(set string, n int) error {
	table := w.facts.newest(w.groups[set])
	if err := settled(table, n, w.exporters); err != nil {
		return err
	}
	if ready := w.ready(table); ready != n {
		return fmt.Errorf("%d of %d replicas are ready", ready, n)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.looks) == 0 {
		return errors.New("nobody has looked yet")
	}
	last := w.looks[len(w.looks)-1]
	for i := range w.exporters {
		if len(last.by[id(set, exporterName(i))]) == 0 {
			return fmt.Errorf("%s is not shown", exporterName(i))
		}
	}
	return nil
}

// settled returns nil if a table has n members, nothing moves, and each member has a
// share of the exporters that is not far from fair. Shares are of equal cost, and what
// an exporter costs is not known well in a short life.
func settled(t ring.Table, n, exporters int) error {
	if len(t.Members) != n || len(t.Handoffs) > 0 {
		return fmt.Errorf("the ring does not have %d members and no handoff:\n%s", n, t)
	}
	if slices.Contains(t.Owners, -1) {
		return fmt.Errorf("nobody owns some partitions:\n%s", t)
	}
	for _, m := range t.Members {
		if owned := len(exportersOf(t, m.Identity, exporters)); m.Draining || 3*owned < exporters/n {
			return fmt.Errorf("%s has %d of %d exporters:\n%s", m.Name, owned, exporters, t)
		}
	}
	return nil
}

// exportersOf returns which of the first exporters a life owns.
func exportersOf(t ring.Table, identity string, exporters int) []string {
	var owned []string
	for i := range exporters {
		p := ring.Partition("e2e/"+exporterName(i), ring.DefaultPartitions)
		if m, ok := t.Owner(p); ok && m.Identity == identity {
			owned = append(owned, exporterName(i))
		}
	}
	return owned
}

// ready counts the members of a table whose pods are.
func (w *world) ready(t ring.Table) int {
	n := 0
	for _, pod := range w.Kubelet().Pods() {
		if _, member := memberOf(t, replica{pod.Name, string(pod.UID)}); member && pod.Ready {
			n++
		}
	}
	return n
}

// states asks all replicas what they know.
func (w *world) states(ctx context.Context) map[string]sharding.State {
	all := map[string]sharding.State{}
	for _, pod := range w.Kubelet().Pods() {
		if s, err := stateOf(ctx, pod); err == nil && !pod.Lost {
			all[pod.Name] = s
		}
	}
	return all
}

func stateOf(ctx context.Context, pod kubelet.Pod) (s sharding.State, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+pod.IP.String()+":8081"+sharding.StatePath, http.NoBody)
	if err != nil {
		return s, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return s, err
	}
	defer func() { _ = response.Body.Close() }()
	err = json.NewDecoder(response.Body).Decode(&s)
	return s, err
}

// leader returns the pod that leads a set.
func (w *world) leader(ctx context.Context, set string) (string, error) {
	for name, s := range w.states(ctx) {
		if s.Leader && setOf(name) == set {
			return name, nil
		}
	}
	return "", errors.New("nobody leads")
}

// unready returns nil if a replica says that it is not ready, with a reason that has
// a text.
func unready(ctx context.Context, pod kubelet.Pod, text string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+pod.IP.String()+":8081/readyz", http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusOK || !strings.Contains(string(body), text) {
		return errors.Join(fmt.Errorf("%s says of its readiness: %s: %s", pod.Name, response.Status, body), err)
	}
	return err
}

func podKey(name string) types.NamespacedName {
	if elsewhere, name, ok := strings.Cut(name, "/"); ok {
		return types.NamespacedName{Namespace: elsewhere, Name: name}
	}
	return types.NamespacedName{Namespace: namespace, Name: name}
}

// signal sends a signal to a replica. One that goes on may send what it was about to
// send when it was frozen.
func (w *world) signal(pod string, s syscall.Signal) error {
	described, err := w.Kubelet().Signal(podKey(pod), s)
	if err == nil && s == syscall.SIGCONT {
		who := replica{described.Name, string(described.UID)}
		w.note(func() { w.resumed[who] = append(w.resumed[who], time.Now()) })
	}
	return err
}

// crash kills a replica's process for good, as the loss of its node does.
func (w *world) crash(pod string) error {
	described, err := w.Kubelet().Lose(podKey(pod))
	if err != nil {
		return err
	}
	c := crash{replica: replica{described.Name, string(described.UID)}}
	table := w.facts.newest(w.groups[setOf(pod)])
	member, _ := memberOf(table, c.replica)
	c.exporters = exportersOf(table, member.Identity, w.exporters)
	c.at = time.Now()
	w.note(func() { w.crashes = append(w.crashes, c) })
	return syscall.Kill(described.PID, syscall.SIGKILL)
}
