package kubelet

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// probe is a probe of a container, with Kubernetes' defaults in place.
type probe struct {
	url                    string
	delay, period, timeout time.Duration
	successes, failures    int
}

// newProbe returns nil if the container has no such probe.
func newProbe(container *corev1.Container, spec *corev1.Probe, ip netip.Addr) (*probe, error) {
	if spec == nil {
		return nil, nil
	}
	if spec.HTTPGet == nil {
		return nil, fmt.Errorf("cannot probe container %q: only httpGet is supported", container.Name)
	}
	port, err := portOf(container, spec.HTTPGet.Port)
	if err != nil {
		return nil, err
	}
	return &probe{
		url:   strings.ToLower(string(cmp.Or(spec.HTTPGet.Scheme, corev1.URISchemeHTTP))) + "://" + net.JoinHostPort(ip.String(), strconv.Itoa(int(port))) + spec.HTTPGet.Path,
		delay: seconds(spec.InitialDelaySeconds), period: seconds(cmp.Or(spec.PeriodSeconds, 10)), timeout: seconds(cmp.Or(spec.TimeoutSeconds, 1)),
		successes: int(cmp.Or(spec.SuccessThreshold, 1)), failures: int(cmp.Or(spec.FailureThreshold, 3)),
	}, nil
}

func seconds(n int32) time.Duration { return time.Duration(n) * time.Second }

// tally counts a probe's results in a row.
type tally struct {
	good bool
	run  int
}

// add counts a result, and returns whether there have been enough like it in a row
// to act on.
func (t *tally) add(good bool, p *probe) (settled bool) {
	if good != t.good {
		t.good, t.run = good, 0
	}
	t.run++
	if good {
		return t.run >= p.successes
	}
	return t.run >= p.failures
}

// watch asks until ctx ends. The observer is told what the results come to, and ends
// it by returning false.
func (p *probe) watch(ctx context.Context, observe func(good bool) (goOn bool)) {
	if !sleep(ctx, p.delay) {
		return
	}
	tick := time.NewTicker(p.period)
	defer tick.Stop()
	var results tally
	for {
		good := p.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		if results.add(good, p) && !observe(good) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// prober is the client of all probes: each probe has a connection of its own, and
// takes any certificate, as Kubernetes has it.
var prober = &http.Client{
	Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as the kubelet does
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask reports whether the container answers with a status of 200 to 399 in time.
func (p *probe) ask(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url, http.NoBody)
	if err != nil {
		return false
	}
	response, err := prober.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 10<<10))
	return err == nil && response.StatusCode >= http.StatusOK && response.StatusCode < http.StatusBadRequest
}

// sleep waits, and reports whether ctx still lives.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
