package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/api/apiserver"
	"github.com/adx-mon/adxexporter/manifests"
)

// cluster starts an API server with the objects of a file, and points KUBECONFIG at
// it: cluster FILE [DIR]. In the file, AGO(5m) is five minutes ago. DIR has what pods
// answer through the API server: DIR/POD/PATH for GET /PATH, with a slash in it as an
// underscore. The namespaces of the objects are made as well.
func cluster(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: cluster FILE [DIR]")
	}
	pods := ""
	if len(args) == 2 {
		pods = ts.MkAbs(args[1])
	}
	server, err := apiserver.New(apiserver.Options{CRDs: manifests.CRDs, Middleware: podProxy(pods)})
	ts.Check(err)
	port := httptest.NewServer(server)
	ts.Defer(func() {
		server.Close()
		port.Close()
	})
	c, err := client.New(server.RESTConfig(), client.Options{Scheme: clientscheme.Scheme})
	ts.Check(err)
	for document := range strings.SplitSeq(ago(ts.ReadFile(args[0])), "\n---\n") {
		ts.Check(apply(context.Background(), c, document))
	}
	kubeconfig := ts.MkAbs("kubeconfig")
	ts.Check(os.WriteFile(kubeconfig, fmt.Appendf(nil, "apiVersion: v1\nkind: Config\ncurrent-context: c\n"+
		"clusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: c, context: {cluster: c, user: u, namespace: monitoring}}]\nusers: [{name: u, user: {}}]\n", port.URL), 0o600))
	ts.Setenv("KUBECONFIG", kubeconfig)
}

// ago puts times in the place of AGO(5m).
func ago(text string) string {
	parts := strings.Split(text, "AGO(")
	for i, part := range parts[1:] {
		d, rest, _ := strings.Cut(part, ")")
		span, err := time.ParseDuration(d)
		if err != nil {
			panic(err) // the script is wrong
		}
		parts[i+1] = time.Now().Add(-span).UTC().Truncate(time.Minute).Format(time.RFC3339) + rest
	}
	return strings.Join(parts, "")
}

// apply makes an object with its status, and its namespace.
func apply(ctx context.Context, c client.Client, document string) error {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
		return err
	}
	if name := object.GetNamespace(); name != "" {
		namespace := &corev1.Namespace{}
		namespace.Name = name
		if err := client.IgnoreAlreadyExists(c.Create(ctx, namespace)); err != nil {
			return err
		}
	}
	status := object.Object["status"]
	if err := c.Create(ctx, object); err != nil || status == nil {
		return err
	}
	object.Object["status"] = status
	return c.Status().Update(ctx, object)
}

// podProxy answers for pods what the files of a directory have; what there is no file
// for is 404, and a pod without a directory does not answer.
func podProxy(dir string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, rest, isPod := strings.Cut(r.URL.Path, "/pods/")
			name, path, isProxy := strings.Cut(rest, ":8081/proxy/")
			if !isPod || !isProxy {
				next.ServeHTTP(w, r)
				return
			}
			if _, err := os.Stat(filepath.Join(dir, name)); dir == "" || err != nil {
				http.Error(w, "error trying to reach service: dial tcp: connection refused", http.StatusServiceUnavailable)
				return
			}
			content, err := os.ReadFile(filepath.Join(dir, name, "page"+strings.ReplaceAll("/"+path, "/", "_")))
			if err != nil {
				http.NotFound(w, r)
				return
			}
			_, _ = w.Write(content)
		})
	}
}
