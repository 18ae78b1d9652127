package bundle

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"github.com/adx-mon/adxexporter/sharding"
)

// atOnce is how many replicas are asked at the same time.
const atOnce = 4

// Options say what is collected.
type Options struct {
	// Namespaces are where replicas are looked for, besides where the rings say that
	// their members are.
	Namespaces []string
	// Selector finds the replicas' pods, and Port is their telemetry port.
	Selector string
	Port     int
	// Version is the command's own.
	Version string
}

// Manifest lists what is in a bundle, and what is not.
type Manifest struct {
	Made time.Time `json:"made"`
	// Version is that of the command that made it.
	Version string `json:"version"`
	Files   []File `json:"files"`
	Missing []Gap  `json:"missing"`
	Pods    []Pod  `json:"pods"`
}

// File is one file of a bundle.
type File struct {
	Name string `json:"name"`
	// Source is the path at the API server that it comes from.
	Source string `json:"source"`
	Bytes  int    `json:"bytes"`
	// Note says what is unusual about it; empty if nothing is.
	Note string `json:"note,omitempty"`
}

// Gap is a file that a bundle should have and has not.
type Gap struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	Reason string `json:"reason"`
}

// Pod is a replica.
type Pod struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// collection is a bundle in the making.
type collection struct {
	opts     Options
	api      *api
	zip      *zip.Writer
	manifest Manifest
}

// Write collects a bundle into w, as a zip file. An error is about w, or says that
// ctx has ended; what cannot be had is in the manifest.
func Write(ctx context.Context, config *rest.Config, opts Options, now time.Time, w io.Writer) (Manifest, error) {
	a, err := newAPI(config)
	if err != nil {
		return Manifest{}, err
	}
	c := &collection{opts: opts, api: a, zip: zip.NewWriter(w), manifest: Manifest{
		Made: now.UTC(), Version: opts.Version, Files: []File{}, Missing: []Gap{}, Pods: []Pod{},
	}}
	if err := c.collect(ctx); err != nil {
		return Manifest{}, err
	}
	return c.manifest, c.zip.Close()
}

// collect is the bundle from the first file to the last, which lists the others.
func (c *collection) collect(ctx context.Context) error {
	for _, list := range clusterLists {
		if _, err := c.list(ctx, list, ""); err != nil {
			return err
		}
	}
	rings, err := c.list(ctx, ringList, "")
	if err != nil {
		return err
	}
	for _, namespace := range namespacesOf(rings, c.opts.Namespaces) {
		if err := c.namespace(ctx, namespace); err != nil {
			return err
		}
	}
	if err := c.replicas(ctx); err != nil {
		return err
	}
	content, err := json.MarshalIndent(c.manifest, "", "  ")
	if err != nil {
		return err
	}
	return c.write("manifest.json", content)
}

// resources is a list of objects.
type resources struct {
	// file is how the file is called, and path where the list is; NAMESPACE in it
	// stands for a namespace.
	file, path string
	query      url.Values
	resource   string
}

var (
	clusterLists = []resources{
		{file: "metricsexporters", path: "/apis/adx-mon.azure.com/v1/metricsexporters", resource: "metricsexporters.adx-mon.azure.com"},
		{
			file: "exporter-events", path: "/apis/events.k8s.io/v1/events",
			query: url.Values{"fieldSelector": {"regarding.kind=MetricsExporter"}}, resource: "events.events.k8s.io",
		},
	}
	ringList  = resources{file: "exporterrings", path: "/apis/adx-mon.azure.com/v1/exporterrings", resource: "exporterrings.adx-mon.azure.com"}
	leaseList = resources{file: "leases", path: "/apis/coordination.k8s.io/v1/namespaces/NAMESPACE/leases", resource: "leases.coordination.k8s.io"}
	eventList = resources{file: "events", path: "/apis/events.k8s.io/v1/namespaces/NAMESPACE/events", resource: "events.events.k8s.io"}
)

func (c *collection) podList() resources {
	return resources{
		file: "pods", path: "/api/v1/namespaces/NAMESPACE/pods",
		query: url.Values{"labelSelector": {c.opts.Selector}}, resource: "pods",
	}
}

// namespace collects what a namespace of replicas has, and who they are.
func (c *collection) namespace(ctx context.Context, namespace string) error {
	pods, err := c.list(ctx, c.podList(), namespace)
	if err != nil {
		return err
	}
	leases, err := c.list(ctx, leaseList, namespace)
	if err != nil {
		return err
	}
	if _, err := c.list(ctx, eventList, namespace); err != nil {
		return err
	}
	for _, name := range podsOf(pods, leases) {
		c.manifest.Pods = append(c.manifest.Pods, Pod{namespace, name})
	}
	return nil
}

// item is what is read of an object.
type item struct {
	Metadata struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		LeaseNamespace string `json:"leaseNamespace"`
		HolderIdentity string `json:"holderIdentity"`
	} `json:"spec"`
}

// pageLimit is how many objects are read at once.
const pageLimit = "500"

// list collects a list, a page in each file, and returns what is in it.
func (c *collection) list(ctx context.Context, r resources, namespace string) ([]item, error) {
	folder, query := "cluster", maps.Clone(r.query)
	if query == nil {
		query = url.Values{}
	}
	if namespace != "" {
		folder = "namespaces/" + namespace
	}
	query.Set("limit", pageLimit)
	path := strings.Replace(r.path, "NAMESPACE", namespace, 1)
	var all []item
	for page := 1; ; page++ {
		name := fmt.Sprintf("%s/%s.json", folder, r.file)
		if page > 1 {
			name = fmt.Sprintf("%s/%s-%d.json", folder, r.file, page)
		}
		content, err := c.api.get(ctx, path+"?"+query.Encode(), "application/json", right{"list", r.resource, namespace})
		if err != nil {
			c.miss(name, path, err)
			return all, ctx.Err()
		}
		var list struct {
			Metadata struct {
				Continue string `json:"continue"`
			} `json:"metadata"`
			Items []item `json:"items"`
		}
		if err := json.Unmarshal(content, &list); err != nil {
			c.miss(name, path, err)
			return all, nil
		}
		if err := c.add(File{Name: name, Source: path}, redactJSON(content)); err != nil {
			return nil, err
		}
		all = append(all, list.Items...)
		if list.Metadata.Continue == "" {
			return all, nil
		}
		query.Set("continue", list.Metadata.Continue)
	}
}

// namespacesOf returns where replicas are looked for.
func namespacesOf(rings []item, others []string) []string {
	found := slices.Clone(others)
	for _, ring := range rings {
		if ring.Spec.LeaseNamespace != "" {
			found = append(found, ring.Spec.LeaseNamespace)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// podsOf returns the replicas: pods that the selector finds, and the holders of a
// ring's Leases, who are pod/uid/nonce.
func podsOf(pods, leases []item) []string {
	var names []string
	for _, pod := range pods {
		names = append(names, pod.Metadata.Name)
	}
	for _, lease := range leases {
		pod, _, isMember := strings.Cut(lease.Spec.HolderIdentity, "/")
		if isMember && lease.Metadata.Labels[sharding.LabelRing] != "" && !strings.HasPrefix(pod, "!") { // else it is fenced
			names = append(names, pod)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// page is something that a replica answers.
type page struct {
	file, path, accept string
	// binary is set if it is no text, and kept if an answer other than 200 counts too.
	binary, kept bool
}

var pages = []page{
	{file: "replica.json", path: "/", accept: "application/json"},
	{file: "exporters.json", path: "/exporters", accept: "application/json"},
	{file: "ring.json", path: "/ring", accept: "application/json"},
	{file: "targets.json", path: "/targets", accept: "application/json"},
	{file: "ring-state.json", path: "/ring/v1/state", accept: "application/json"},
	{file: "metrics.txt", path: "/metrics", accept: "text/plain"},
	{file: "readyz.txt", path: "/readyz", accept: "text/plain", kept: true},
	{file: "goroutines.txt", path: "/debug/pprof/goroutine?debug=2", accept: "text/plain"},
	{file: "heap.pprof", path: "/debug/pprof/heap", accept: "*/*", binary: true},
}

// answer is what came of a page.
type answer struct {
	content []byte
	err     error
}

// replicas collects the pages of the replicas, a few replicas at a time.
func (c *collection) replicas(ctx context.Context) error {
	answers := make([][]answer, len(c.manifest.Pods))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, pod := range c.manifest.Pods {
		group.Go(func() error {
			for _, p := range pages {
				content, err := c.api.get(ctx, c.source(pod, p), p.accept, right{"get", "pods/proxy", pod.Namespace})
				answers[i] = append(answers[i], answer{content, err})
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, pod := range c.manifest.Pods {
		for n, p := range pages {
			if err := c.page(pod, p, answers[i][n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// source is where the API server has a page of a pod.
func (c *collection) source(pod Pod, p page) string {
	return fmt.Sprintf("/api/v1/namespaces/%s/pods/%s:%d/proxy%s", pod.Namespace, pod.Name, c.opts.Port, p.path)
}

// page adds a page, or says why it is missing.
func (c *collection) page(pod Pod, p page, a answer) error {
	file := File{Name: fmt.Sprintf("replicas/%s/%s/%s", pod.Namespace, pod.Name, p.file), Source: c.source(pod, p)}
	if a.err != nil {
		if !p.kept || len(a.content) == 0 {
			c.miss(file.Name, file.Source, a.err)
			return nil
		}
		file.Note = a.err.Error()
	}
	switch {
	case p.binary:
	case strings.HasSuffix(p.file, ".json"):
		a.content = redactJSON(a.content)
	default:
		a.content = []byte(redactText(string(a.content)))
	}
	return c.add(file, a.content)
}

func (c *collection) miss(name, source string, err error) {
	c.manifest.Missing = append(c.manifest.Missing, Gap{name, source, redactText(err.Error())})
}

// add puts a file into the zip and into the manifest.
func (c *collection) add(file File, content []byte) error {
	file.Bytes, file.Note = len(content), redactText(file.Note)
	c.manifest.Files = append(c.manifest.Files, file)
	return c.write(file.Name, content)
}

func (c *collection) write(name string, content []byte) error {
	w, err := c.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: c.manifest.Made})
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}
