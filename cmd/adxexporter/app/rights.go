package app

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authorization "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
)

// Rights are asked about this often: soon, while one is missing. One question has
// rightsWithin.
const (
	rightsSoon   = 5 * time.Second
	rightsLater  = 5 * time.Minute
	rightsWithin = 10 * time.Second
)

// needed are the rights that a replica cannot do without, in the namespaces that
// ours and theirs stand for; those without a namespace are the cluster's.
var needed = []authorizationv1.ResourceAttributes{
	{Group: "adx-mon.azure.com", Resource: "metricsexporters", Verb: "list", Namespace: theirs},
	{Group: "adx-mon.azure.com", Resource: "metricsexporters", Verb: "watch", Namespace: theirs},
	{Group: "adx-mon.azure.com", Resource: "metricsexporters", Verb: "get", Namespace: theirs},
	{Group: "adx-mon.azure.com", Resource: "metricsexporters", Subresource: "status", Verb: "patch", Namespace: theirs},
	{Group: "adx-mon.azure.com", Resource: "exporterrings", Verb: "get"},
	{Group: "adx-mon.azure.com", Resource: "exporterrings", Verb: "list"},
	{Group: "adx-mon.azure.com", Resource: "exporterrings", Verb: "watch"},
	{Group: "adx-mon.azure.com", Resource: "exporterrings", Verb: "create"},
	{Group: "adx-mon.azure.com", Resource: "exporterrings", Subresource: "status", Verb: "update"},
	{Group: "coordination.k8s.io", Resource: "leases", Verb: "get", Namespace: ours},
	{Group: "coordination.k8s.io", Resource: "leases", Verb: "list", Namespace: ours},
	{Group: "coordination.k8s.io", Resource: "leases", Verb: "watch", Namespace: ours},
	{Group: "coordination.k8s.io", Resource: "leases", Verb: "create", Namespace: ours},
	{Group: "coordination.k8s.io", Resource: "leases", Verb: "update", Namespace: ours},
	{Group: "discovery.k8s.io", Resource: "endpointslices", Verb: "list", Namespace: ours},
	{Group: "discovery.k8s.io", Resource: "endpointslices", Verb: "watch", Namespace: ours},
}

// neededToAuthorize are the rights to ask who may ask the telemetry port.
var neededToAuthorize = []authorizationv1.ResourceAttributes{
	{Group: "authentication.k8s.io", Resource: "tokenreviews", Verb: "create"},
	{Group: "authorization.k8s.io", Resource: "subjectaccessreviews", Verb: "create"},
}

// ours stands for the namespace of the replicas, and theirs for each namespace whose
// exporters they run.
const ours, theirs = ".", "*"

// neededIn returns the rights that replicas of a namespace need to run the exporters
// of others, or of all if there are none.
func neededIn(namespace string, watched []string) []authorizationv1.ResourceAttributes {
	if len(watched) == 0 {
		watched = []string{metav1.NamespaceAll}
	}
	places := map[string][]string{"": {""}, ours: {namespace}, theirs: watched}
	var all []authorizationv1.ResourceAttributes
	for _, right := range needed {
		for _, place := range places[right.Namespace] {
			right.Namespace = place
			all = append(all, right)
		}
	}
	return all
}

// rights knows whether the ServiceAccount may do what a replica has to.
type rights struct {
	reviews authorization.SelfSubjectAccessReviewInterface
	needed  []authorizationv1.ResourceAttributes
	missing atomic.Pointer[authorizationv1.ResourceAttributes]
	// granted is closed once nothing is missing for the first time.
	granted chan struct{}
}

func newRights(config *rest.Config, needed []authorizationv1.ResourceAttributes) (*rights, error) {
	client, err := authorization.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	return &rights{reviews: client.SelfSubjectAccessReviews(), needed: needed, granted: make(chan struct{})}, nil
}

// Start asks the API server now and then, until ctx ends. An API server that does
// not answer says nothing about rights.
func (r *rights) Start(ctx context.Context) error {
	known := false
	for {
		wait := rightsSoon
		if missing, err := r.ask(ctx); err == nil {
			r.missing.Store(missing)
			if missing == nil {
				wait = rightsLater
			}
			if missing == nil && !known {
				known = true
				close(r.granted)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// await returns when the rights are there for the first time: a replica without them
// would be given a share that it cannot run. It is false if ctx ends before.
func (r *rights) await(ctx context.Context) bool { return closes(ctx, r.granted) }

// closes returns when a channel is closed. It is false if ctx ends before.
func closes(ctx context.Context, channel <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-channel:
		return true
	}
}

// ask returns the first right that is missing.
func (r *rights) ask(ctx context.Context) (*authorizationv1.ResourceAttributes, error) {
	ctx, cancel := context.WithTimeout(ctx, rightsWithin)
	defer cancel()
	for _, right := range r.needed {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &right}}
		answer, err := r.reviews.Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return nil, err
		}
		if !answer.Status.Allowed {
			return &right, nil
		}
	}
	return nil, nil
}

// check returns an error that names the verb and the resource of a missing right.
func (r *rights) check() error {
	missing := r.missing.Load()
	if missing == nil {
		return nil
	}
	resource := missing.Resource + "." + missing.Group
	if missing.Subresource != "" {
		resource = missing.Resource + "/" + missing.Subresource + "." + missing.Group
	}
	where := "in the cluster"
	if missing.Namespace != "" {
		where = fmt.Sprintf("in namespace %q", missing.Namespace)
	}
	return fmt.Errorf("kubernetes: the ServiceAccount may not %s %s %s: add the verb to its role", missing.Verb, resource, where)
}
