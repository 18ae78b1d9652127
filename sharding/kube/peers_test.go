package kube

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/adx-mon/adxexporter/sharding"
)

const slicesPath = "/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices"

// slice returns an EndpointSlice of the Service ring, with the telemetry port.
func slice(name string, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: "ring"}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{port("telemetry", 8080)},
		Endpoints:   endpoints,
	}
}

func port(name string, number int32) discoveryv1.EndpointPort {
	return discoveryv1.EndpointPort{Name: &name, Port: &number}
}

func endpoint(pod string, addresses ...string) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{
		Addresses: addresses, TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: pod},
		Conditions: discoveryv1.EndpointConditions{Ready: new(true)},
	}
}

func TestAddressesOf(t *testing.T) {
	notReady := endpoint("m-1", "10.0.0.2")
	notReady.Conditions = discoveryv1.EndpointConditions{Ready: new(false), Serving: new(false), Terminating: new(true)}
	nobody := endpoint("", "10.0.0.3")
	nobody.TargetRef = nil
	cases := map[string]struct {
		reason string
		slice  *discoveryv1.EndpointSlice
		ports  []discoveryv1.EndpointPort
		want   map[string]string
	}{
		"Ready":    {"each pod has its address", slice("s", endpoint("m-0", "10.0.0.1"), endpoint("m-1", "10.0.0.2")), nil, map[string]string{"m-0": "10.0.0.1:8080", "m-1": "10.0.0.2:8080"}},
		"NotReady": {"a replica that ends still knows what it hands over", slice("s", endpoint("m-0", "10.0.0.1"), notReady), nil, map[string]string{"m-0": "10.0.0.1:8080", "m-1": "10.0.0.2:8080"}},
		"IPv6":     {"the port is not part of the address", slice("s", endpoint("m-0", "fd00::1")), nil, map[string]string{"m-0": "[fd00::1]:8080"}},
		"Several":  {"any address will do", slice("s", endpoint("m-0", "10.0.0.1", "10.0.0.9")), nil, map[string]string{"m-0": "10.0.0.1:8080"}},
		"NoPod":    {"an address by hand is nobody's", slice("s", nobody, endpoint("m-0", "10.0.0.1")), nil, map[string]string{"m-0": "10.0.0.1:8080"}},
		"Empty":    {"a pod without an address yet", slice("s", endpoint("m-0")), nil, map[string]string{}},
		"Ports": {
			"other ports are not for peers", slice("s", endpoint("m-0", "10.0.0.1")),
			[]discoveryv1.EndpointPort{port("health", 1), {Port: new(int32(2))}, {Name: new("telemetry")}, port("telemetry", 3)},
			map[string]string{"m-0": "10.0.0.1:3"},
		},
		"NoPort": {"a Service without our port", slice("s", endpoint("m-0", "10.0.0.1")), []discoveryv1.EndpointPort{port("health", 1)}, map[string]string{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.ports != nil {
				tc.slice.Ports = tc.ports
			}
			require.Equal(t, tc.want, addressesOf(tc.slice), tc.reason)
		})
	}
}

// followed returns peers that follow the server's EndpointSlices until stop is
// called.
func followed(t *testing.T, s *server) (p *Peers, stop func()) {
	t.Helper()
	p, err := NewPeers(s.config(), "ns", "ring")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Start(ctx) }() // stop waits for it
	synctest.Wait()
	return p, func() {
		cancel()
		require.NoError(t, <-done)
	}
}

// where returns the address of each of some pods, empty if it has none.
func where(p *Peers, pods ...string) []string {
	synctest.Wait()
	var found []string
	for _, pod := range pods {
		address, _ := p.address(pod)
		found = append(found, address)
	}
	return found
}

// TestPeersFollowTheService: a pod is found in any slice of the Service, also one of
// another address family, until no slice names it.
func TestPeersFollowTheService(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *server) {
		foreign := slice("foreign", endpoint("m-9", "10.0.0.9"))
		foreign.Labels[discoveryv1.LabelServiceName] = "other"
		s.put(slicesPath+"/foreign", foreign)
		s.put(slicesPath+"/a", slice("a", endpoint("m-0", "10.0.0.1"), endpoint("m-1", "10.0.0.2")))
		p, stop := followed(t, s)
		defer stop()
		require.Equal(t, []string{"10.0.0.1:8080", "10.0.0.2:8080", "", ""}, where(p, "m-0", "m-1", "m-2", "m-9"))

		s.put(slicesPath+"/b", slice("b", endpoint("m-2", "fd00::3")))
		s.put(slicesPath+"/a", slice("a", endpoint("m-0", "10.0.0.7")))
		require.Equal(t, []string{"10.0.0.7:8080", "", "[fd00::3]:8080"}, where(p, "m-0", "m-1", "m-2"))

		_, err := s.remove(slicesPath + "/a")
		require.NoError(t, err)
		require.Equal(t, []string{"", "[fd00::3]:8080"}, where(p, "m-0", "m-2"))
	})
}

// TestPeersOutliveTheServer: what was known stays known while there is no API
// server, and what has gone meanwhile is forgotten after it.
func TestPeersOutliveTheServer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *server) {
		s.put(slicesPath+"/a", slice("a", endpoint("m-0", "10.0.0.1")))
		s.put(slicesPath+"/b", slice("b", endpoint("m-1", "10.0.0.2")))
		p, stop := followed(t, s)
		defer stop()
		s.fail(apierrors.NewServiceUnavailable("down"))
		s.cut()
		_, err := s.remove(slicesPath + "/b")
		require.NoError(t, err)
		s.cut()
		time.Sleep(10 * time.Minute)
		require.Equal(t, []string{"10.0.0.1:8080", "10.0.0.2:8080"}, where(p, "m-0", "m-1"))

		s.fail(nil)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"10.0.0.1:8080", ""}, where(p, "m-0", "m-1"))
	})
}

// telephone connects peers with handlers by address. An address without one refuses.
type telephone struct {
	peers *Peers
	stop  func()

	mu    sync.Mutex
	lines map[string]func(context.Context, string, string) (net.Conn, error)
}

// newTelephone returns peers m-0 (10.0.0.1) and m-1 (fd00::2).
func newTelephone(t *testing.T) *telephone {
	t.Helper()
	p, err := NewPeers(&rest.Config{Host: "http://cluster"}, "ns", "ring")
	require.NoError(t, err)
	p.see(slice("a", endpoint("m-0", "10.0.0.1")))
	p.see(slice("b", endpoint("m-1", "fd00::2")))
	line := &telephone{peers: p, lines: map[string]func(context.Context, string, string) (net.Conn, error){}, stop: p.client.CloseIdleConnections}
	p.client.Transport.(*http.Transport).DialContext = line.dial
	return line
}

func (l *telephone) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l.mu.Lock()
	dial, ok := l.lines[address]
	l.mu.Unlock()
	if !ok {
		return nil, errors.New("connection refused")
	}
	return dial(ctx, network, address)
}

func (l *telephone) answer(address string, handler http.HandlerFunc) {
	dial, stop := serve(handler)
	before := l.stop
	l.stop = func() { before(); stop() }
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines[address] = dial
}

func saying(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// TestState: each pod is asked itself, for its state.
func TestState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := newTelephone(t)
		defer func() { line.stop() }()
		want := sharding.State{Group: group, Pod: "m-1", Identity: "m-1/u/n", Epoch: 7, Connected: true, Valid: true, Serving: true, Leader: true, Partitions: 3}
		line.answer("10.0.0.1:8080", saying(http.StatusOK, "{}"))
		line.answer("[fd00::2]:8080", func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.Path != sharding.StatePath {
				http.NotFound(w, r)
				return
			}
			_ = json.NewEncoder(w).Encode(want)
		})
		got, err := line.peers.State(t.Context(), "m-1")
		require.NoError(t, err)
		require.Equal(t, want, got)
		got, err = line.peers.State(t.Context(), "m-0")
		require.NoError(t, err)
		require.Zero(t, got)
	})
}

// answerOf returns a state in so many bytes.
func answerOf(size int) string {
	const frame = `{"pod":""}`
	return `{"pod":"` + strings.Repeat("m", size-len(frame)) + `"}`
}

func TestStateRefuses(t *testing.T) {
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	cases := map[string]struct {
		reason string
		pod    string
		answer http.HandlerFunc
		want   string
		is     error
		after  time.Duration
	}{
		"Unknown": {"no slice names it", "m-7", nil, `cannot ask peer "m-7": no EndpointSlice names it`, ErrUnknownPeer, 0},
		"Refused": {"nobody listens", "m-0", nil, `cannot ask peer "m-0": Get `, nil, 0},
		"Status":  {"an older version does not know the path", "m-0", saying(http.StatusNotFound, "{}"), `cannot ask peer "m-0": it answers 404 Not Found`, nil, 0},
		"Empty":   {"no answer is no state", "m-0", saying(http.StatusOK, ""), `cannot read the answer of peer "m-0": `, io.EOF, 0},
		"NotJSON": {"something else listens there", "m-0", saying(http.StatusOK, "<html>"), `cannot read the answer of peer "m-0": `, nil, 0},
		"Endless": {"an answer costs no memory", "m-0", saying(http.StatusOK, answerOf(maxState+1)), `cannot read the answer of peer "m-0": `, io.ErrUnexpectedEOF, 0},
		"Silent":  {"a peer that hangs holds nobody up", "m-0", silent, `cannot ask peer "m-0": `, context.DeadlineExceeded, requestTimeout},
		"Stalls": {
			"nor one that stops in the middle", "m-0",
			func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, `{"pod":`)
				w.(http.Flusher).Flush()
				silent(w, r)
			},
			`cannot read the answer of peer "m-0": `, context.DeadlineExceeded, requestTimeout,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				line := newTelephone(t)
				defer func() { line.stop() }()
				if tc.answer != nil {
					line.answer("10.0.0.1:8080", tc.answer)
				}
				began := time.Now()
				got, err := line.peers.State(t.Context(), tc.pod)
				require.ErrorContains(t, err, tc.want, tc.reason)
				require.Equal(t, tc.after, time.Since(began), tc.reason)
				require.Zero(t, got)
				if tc.is != nil {
					require.ErrorIs(t, err, tc.is, tc.reason)
				}
			})
		})
	}
}

// TestLongAnswers: a state may fill its limit, and what is handed over may be longer,
// but must begin soon.
func TestLongAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := newTelephone(t)
		defer func() { line.stop() }()
		line.answer("10.0.0.1:8080", saying(http.StatusOK, answerOf(maxState)))
		state, err := line.peers.State(t.Context(), "m-0")
		require.NoError(t, err)
		require.Len(t, state.Pod, maxState-len(`{"pod":""}`))

		line.answer("[fd00::2]:8080", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "quick" {
				_, _ = io.WriteString(w, strings.Repeat("x", 2*maxState))
				return
			}
			<-r.Context().Done()
		})
		body, err := line.peers.Get(t.Context(), "m-1", "/path?quick")
		require.NoError(t, err)
		content, err := io.ReadAll(body)
		require.NoError(t, err)
		require.NoError(t, body.Close())
		require.Len(t, content, 2*maxState)

		began := time.Now()
		_, err = line.peers.Get(t.Context(), "m-1", "/path?slow")
		require.ErrorContains(t, err, `cannot ask peer "m-1": `)
		require.Equal(t, 10*time.Second, time.Since(began))
	})
}

// TestPathsAreChecked: a path that is none asks nobody.
func TestPathsAreChecked(t *testing.T) {
	line := newTelephone(t)
	defer line.stop()
	_, err := line.peers.Get(t.Context(), "m-0", "/%zz")
	require.ErrorContains(t, err, `cannot ask peer "m-0": `)
}

// TestRefusedAnswersEnd: the rest of an answer that is of no use is not waited for.
func TestRefusedAnswersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := newTelephone(t)
		defer func() { line.stop() }()
		ended := make(chan struct{})
		line.answer("10.0.0.1:8080", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			close(ended)
		})
		_, err := line.peers.Get(t.Context(), "m-0", "/path")
		require.ErrorContains(t, err, "it answers 503 Service Unavailable")
		<-ended
	})
}
