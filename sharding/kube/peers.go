package kube

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/adx-mon/adxexporter/sharding"
)

// PortName is the name, in the headless Service, of the port that peers ask.
const PortName = "telemetry"

// maxState bounds the answer of a peer that is asked for its state.
const maxState = 64 << 10

// Peers knows where the other replicas are, from the EndpointSlices of the headless
// Service. What it knows outlives the API server.
type Peers struct {
	watched cache.ListerWatcher
	client  *http.Client
	// scheme and access are how they are asked.
	scheme string
	access Access

	// mu guards what follows.
	mu sync.RWMutex
	// slices are the addresses by pod, by EndpointSlice.
	slices map[string]map[string]string
}

var _ sharding.Peers = (*Peers)(nil)

// Access is what it takes to ask a peer whose port is not open to everybody. The zero
// value is plain http.
type Access struct {
	// TLS says how peers are trusted; nil if they do not serve https.
	TLS *tls.Config
	// Credentials returns a user and a password, for each request; nil if peers ask
	// for none.
	Credentials func() (user, password string, err error)
	// Token returns this replica's own token, for each request of GetGuarded; nil if
	// peers ask for none. It is sent over TLS only.
	Token func() (string, error)
}

// NewPeers returns the replicas behind a Service, which are asked over plain http.
func NewPeers(config *rest.Config, namespace, service string) (*Peers, error) {
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the client for EndpointSlices: %w", err)
	}
	selector := discoveryv1.LabelServiceName + "=" + service
	return &Peers{
		watched: cache.NewFilteredListWatchFromClient(clients.DiscoveryV1().RESTClient(), "endpointslices", namespace,
			func(options *metav1.ListOptions) { options.LabelSelector = selector }),
		client: &http.Client{
			Transport: &http.Transport{
				DialContext:         (&net.Dialer{Timeout: requestTimeout}).DialContext,
				MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: 10 * time.Second,
			},
			// No peer sends another one somewhere else, and credentials are for it alone.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		scheme: "http", slices: map[string]map[string]string{},
	}, nil
}

// SetAccess says how peers are asked, before anybody asks.
func (p *Peers) SetAccess(access Access) {
	p.access = access
	if access.TLS != nil {
		p.scheme = "https"
		p.client.Transport.(*http.Transport).TLSClientConfig = access.TLS
	}
}

// Start follows the EndpointSlices until ctx ends.
func (p *Peers) Start(ctx context.Context) error {
	informer := cache.NewSharedInformer(p.watched, &discoveryv1.EndpointSlice{}, 0)
	if _, err := informer.AddEventHandler(sliceHandler{p}); err != nil {
		return fmt.Errorf("cannot watch EndpointSlices: %w", err)
	}
	informer.RunWithContext(ctx)
	p.client.CloseIdleConnections()
	return nil
}

// sliceHandler keeps the addresses current.
type sliceHandler struct{ peers *Peers }

// OnAdd takes a slice in.
func (h sliceHandler) OnAdd(object any, _ bool) { h.peers.see(object) }

// OnUpdate takes a slice in.
func (h sliceHandler) OnUpdate(_, object any) { h.peers.see(object) }

// OnDelete forgets a slice.
func (h sliceHandler) OnDelete(object any) {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	if slice, ok := object.(*discoveryv1.EndpointSlice); ok {
		h.peers.mu.Lock()
		defer h.peers.mu.Unlock()
		delete(h.peers.slices, slice.Name)
	}
}

func (p *Peers) see(object any) {
	slice, ok := object.(*discoveryv1.EndpointSlice)
	if !ok {
		return
	}
	addresses := addressesOf(slice)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slices[slice.Name] = addresses
}

// addressesOf returns host:port by pod. A pod that is not ready, or about to end,
// can be asked as well.
func addressesOf(slice *discoveryv1.EndpointSlice) map[string]string {
	addresses := map[string]string{}
	for _, port := range slice.Ports {
		if port.Name == nil || *port.Name != PortName || port.Port == nil {
			continue
		}
		for _, endpoint := range slice.Endpoints {
			if endpoint.TargetRef != nil && len(endpoint.Addresses) > 0 {
				addresses[endpoint.TargetRef.Name] = net.JoinHostPort(endpoint.Addresses[0], strconv.Itoa(int(*port.Port)))
			}
		}
	}
	return addresses
}

// ErrUnknownPeer means that no EndpointSlice names the pod.
var ErrUnknownPeer = errors.New("no EndpointSlice names it")

// Get asks a pod's replica for a path that is open to the other replicas. The caller
// closes the body.
func (p *Peers) Get(ctx context.Context, pod, path string) (io.ReadCloser, error) {
	return p.get(ctx, pod, path, p.credentials)
}

// GetGuarded asks a pod's replica for a path that may be for those alone whom the API
// server lets in. The caller closes the body.
func (p *Peers) GetGuarded(ctx context.Context, pod, path string) (io.ReadCloser, error) {
	if p.access.Token == nil {
		return p.Get(ctx, pod, path)
	}
	return p.get(ctx, pod, path, p.token)
}

func (p *Peers) get(ctx context.Context, pod, path string, sign func(*http.Request) error) (io.ReadCloser, error) {
	address, ok := p.address(pod)
	if !ok {
		return nil, fmt.Errorf("cannot ask peer %q: %w", pod, ErrUnknownPeer)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.scheme+"://"+address+path, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("cannot ask peer %q: %w", pod, err)
	}
	if err := sign(request); err != nil {
		return nil, fmt.Errorf("cannot ask peer %q: %w", pod, err)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cannot ask peer %q: %w", pod, err)
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, fmt.Errorf("cannot ask peer %q: it answers %s", pod, response.Status)
	}
	return response.Body, nil
}

// credentials adds the user and the password that peers ask for.
func (p *Peers) credentials(request *http.Request) error {
	if p.access.Credentials == nil {
		return nil
	}
	user, password, err := p.access.Credentials()
	if err != nil {
		return err
	}
	request.SetBasicAuth(user, password)
	return nil
}

// token adds this replica's own token.
func (p *Peers) token(request *http.Request) error {
	if request.URL.Scheme != "https" {
		return errors.New("it is not asked over https, and a token must not cross the network in clear")
	}
	token, err := p.access.Token()
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return nil
}

func (p *Peers) address(pod string) (string, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, addresses := range p.slices {
		if address, ok := addresses[pod]; ok {
			return address, true
		}
	}
	return "", false
}

// State asks a pod's replica what it knows of the ring.
func (p *Peers) State(ctx context.Context, pod string) (sharding.State, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	body, err := p.Get(ctx, pod, sharding.StatePath)
	if err != nil {
		return sharding.State{}, err
	}
	defer func() { _ = body.Close() }()
	var state sharding.State
	if err := json.NewDecoder(io.LimitReader(body, maxState)).Decode(&state); err != nil {
		return sharding.State{}, fmt.Errorf("cannot read the answer of peer %q: %w", pod, err)
	}
	return state, nil
}
