package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"
	"time"
)

// selfOnly asks a replica for what it knows itself: it asks nobody in turn.
const selfOnly = "?scope=self&format=json"

// maxAnswer bounds what a peer may say: twenty thousand exporters take half of it.
const maxAnswer = 32 << 20

// answer is what a peer said, or why it said nothing.
type answer[T any] struct {
	pod  string
	said T
	err  error
}

// askAll asks all peers for a path at once and returns their answers, by name. A
// peer that is slow costs no more than the limit.
func askAll[T any](ctx context.Context, o Options, path string) []answer[T] {
	if o.Peers == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, o.PeerTimeout)
	defer cancel()
	pods := o.Peers.Others()
	answers := make([]answer[T], len(pods))
	var all sync.WaitGroup
	for i, pod := range pods {
		all.Go(func() { answers[i] = askOne[T](ctx, o, pod, path) })
	}
	all.Wait()
	return answers
}

func askOne[T any](ctx context.Context, o Options, pod, path string) answer[T] {
	a := answer[T]{pod: pod}
	body, err := o.Peers.Get(ctx, pod, path+selfOnly)
	if err != nil {
		a.err = err
		return a
	}
	defer func() { _ = body.Close() }()
	if err := json.NewDecoder(io.LimitReader(body, maxAnswer)).Decode(&a.said); err != nil {
		a.err = fmt.Errorf("cannot read its answer: %w", err)
	}
	return a
}

// missingOf returns the peers that did not answer.
func missingOf[T any](answers []answer[T], limit time.Duration) []Missing {
	var missing []Missing
	for _, a := range answers {
		if a.err != nil {
			missing = append(missing, Missing{a.pod, reasonOf(a.err, limit)})
		}
	}
	return missing
}

func reasonOf(err error, limit time.Duration) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer within " + rough(limit)
	}
	return Clean(err.Error())
}

// exporters returns those of all replicas.
func (h *Handler) exporters(ctx context.Context, f filter) Exporters {
	now := h.opts.Now()
	answers := askAll[Exporters](ctx, h.opts, "/exporters")
	all := h.opts.Source.Exporters(now)
	for _, a := range answers {
		all = append(all, a.said.Exporters...)
	}
	page := list(merge(all, h.opts.Source.Assigned()), f, now)
	page.Missing = missingOf(answers, h.opts.PeerTimeout)
	return page
}

// detail returns an exporter from whoever runs it; false if nobody who answered does.
// Then the missing replicas may.
func (h *Handler) detail(ctx context.Context, namespace, name string) (Detail, bool) {
	if d, ok := h.opts.Source.Exporter(namespace, name, h.opts.Now()); ok {
		return d, true
	}
	path := "/exporters/" + url.PathEscape(namespace) + "/" + url.PathEscape(name)
	answers := askAll[*Detail](ctx, h.opts, path)
	for _, a := range answers {
		if a.said != nil {
			return *a.said, true
		}
	}
	return Detail{At: h.opts.Now(), Missing: missingOf(answers, h.opts.PeerTimeout)}, false
}

// ring returns the ring as all replicas see it.
func (h *Handler) ring(ctx context.Context) Ring {
	ring := h.opts.Source.Ring(h.opts.Now())
	if ring.Alone {
		return ring
	}
	answers := askAll[Ring](ctx, h.opts, "/ring")
	ring.Views = []View{ring.Own}
	for _, a := range answers {
		if a.err == nil {
			ring.Views = append(ring.Views, a.said.Own)
		}
	}
	for i := range ring.Members {
		for _, v := range ring.Views {
			if v.Pod == ring.Members[i].Pod && v.Leader {
				ring.Members[i].Leader = true
			}
		}
	}
	ring.Missing = missingOf(answers, h.opts.PeerTimeout)
	ring.Warnings = warningsOf(ring)
	return ring
}

// targets returns the push endpoints of all replicas.
func (h *Handler) targets(ctx context.Context) Targets {
	now := h.opts.Now()
	answers := askAll[Targets](ctx, h.opts, "/targets")
	page := Targets{At: now, Targets: h.opts.Source.Targets(now), Missing: missingOf(answers, h.opts.PeerTimeout)}
	for _, a := range answers {
		page.Targets = append(page.Targets, a.said.Targets...)
	}
	if page.Targets == nil {
		page.Targets = []Target{}
	}
	return page
}

// home returns a replica: this one, or another one by its pod.
func (h *Handler) home(ctx context.Context, pod string) (Home, error) {
	now := h.opts.Now()
	own := Home{At: now, Replica: h.opts.Source.Replica(now)}
	if h.opts.Peers != nil {
		own.Others = h.opts.Peers.Others()
	}
	if pod == "" || pod == own.Replica.Pod {
		return own, nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.opts.PeerTimeout)
	defer cancel()
	for _, other := range own.Others {
		if other != pod {
			continue
		}
		a := askOne[Home](ctx, h.opts, pod, "/")
		if a.err != nil {
			return Home{}, &unavailableError{fmt.Sprintf("Replica %q does not answer: %s.", pod, reasonOf(a.err, h.opts.PeerTimeout))}
		}
		return a.said, nil
	}
	return Home{}, &notFoundError{fmt.Sprintf("There is no replica %q in this ring.", pod)}
}

// notFoundError is something that was asked for and does not exist.
type notFoundError struct{ sentence string }

func (e *notFoundError) Error() string { return e.sentence }

// unavailableError is something that may exist, but cannot be shown now.
type unavailableError struct{ sentence string }

func (e *unavailableError) Error() string { return e.sentence }
