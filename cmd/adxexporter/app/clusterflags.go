package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/ops"
)

// pollEvery is how often a command that waits looks again.
const pollEvery = 500 * time.Millisecond

// clusterFlags say which cluster a command is about.
type clusterFlags struct {
	Kubeconfig string `placeholder:"FILE" help:"How to reach Kubernetes. Default: in-cluster, else $KUBECONFIG, else ~/.kube/config."`
	Context    string `placeholder:"NAME" help:"Which context of the kubeconfig. Default: the current one."`
}

// config returns how to reach the cluster, and the namespace that goes without
// saying.
func (f *clusterFlags) config() (*rest.Config, string, error) {
	loader := kubeLoader(f.Kubeconfig, f.Context)
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("cannot find a Kubernetes cluster: %w", err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("cannot find a Kubernetes cluster: %w", err)
	}
	return config, namespace, nil
}

// kubeLoader finds a cluster in a file, or where kubectl and pods look if there is
// none.
func kubeLoader(file, context string) clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = file
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: context})
}

// session returns what a command works with, and the namespace that goes without
// saying.
func (f *clusterFlags) session(c *console) (*ops.Session, string, error) {
	config, namespace, err := f.config()
	if err != nil {
		return nil, "", err
	}
	client, err := ops.NewClient(config)
	if err != nil {
		return nil, "", err
	}
	return &ops.Session{Client: client, Out: c.stdout, Terminal: isTerminal(c.stdout), Poll: pollEvery}, namespace, nil
}

// isTerminal reports whether somebody looks at what is written.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// exporterFlags name one exporter of a cluster.
type exporterFlags struct {
	clusterFlags

	Exporter  string `arg:"" placeholder:"NAME" help:"The exporter, as NAME or NAMESPACE/NAME."`
	Namespace string `short:"n" placeholder:"NAMESPACE" help:"Its namespace. Default: that of the kubeconfig."`
}

// open returns what a command works with, and the exporter's full name.
func (f *exporterFlags) open(c *console) (*ops.Session, types.NamespacedName, error) {
	key, err := nameOf(f.Exporter, f.Namespace)
	if err != nil {
		return nil, key, &usageError{err}
	}
	session, namespace, err := f.session(c)
	if key.Namespace == "" {
		key.Namespace = namespace
	}
	return session, key, err
}

// nameOf reads an exporter's name, which may bring its namespace along. The
// namespace is empty if nothing says it.
func nameOf(text, namespace string) (types.NamespacedName, error) {
	before, name, both := strings.Cut(text, "/")
	if !both {
		before, name = namespace, text
	}
	switch {
	case name == "" || (both && before == "") || strings.Contains(name, "/"):
		return types.NamespacedName{}, fmt.Errorf("cannot read the exporter %q: want NAME or NAMESPACE/NAME", text)
	case both && namespace != "" && namespace != before:
		return types.NamespacedName{}, fmt.Errorf("the exporter %q is not in --namespace=%s", text, namespace)
	}
	return types.NamespacedName{Namespace: before, Name: name}, nil
}

// answered turns what a command of the cluster came to into what Main understands.
func answered(err error) error {
	if _, ok := errors.AsType[*ops.Refusal](err); ok {
		return &usageError{err}
	}
	if errors.Is(err, ops.ErrNotDone) {
		return errFailed
	}
	return err
}
