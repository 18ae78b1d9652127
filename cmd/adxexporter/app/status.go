package app

import (
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/ops"
)

// statusCommand is `adxexporter status`.
type statusCommand struct {
	clusterFlags

	Exporter      string     `arg:"" optional:"" placeholder:"NAME" help:"One exporter, as NAME or NAMESPACE/NAME, with all that is known of it. Default: a table of all."`
	Namespace     string     `short:"n" placeholder:"NAMESPACE" help:"The exporters of this namespace. Default: that of the kubeconfig."`
	AllNamespaces bool       `short:"A" help:"The exporters of all namespaces."`
	Output        ops.Format `short:"o" enum:"text,json" default:"text" help:"How it is printed: ${enum}."`
}

// Run prints how exporters are. It fails if one of them is not ready.
func (s *statusCommand) Run(c *console) error {
	key, err := s.key()
	if err != nil {
		return &usageError{err}
	}
	session, namespace, err := s.session(c)
	if err != nil {
		return err
	}
	if key.Namespace == "" && !s.AllNamespaces {
		key.Namespace = namespace
	}
	view, err := session.Look(c.ctx, key, time.Now)
	if err != nil {
		return err
	}
	if err := ops.Write(c.stdout, s.Output, view); err != nil {
		return err
	}
	if !view.Ready() {
		return errFailed
	}
	return nil
}

// key returns what is asked about, as far as the command line says.
func (s *statusCommand) key() (types.NamespacedName, error) {
	switch {
	case s.AllNamespaces && s.Namespace != "":
		return types.NamespacedName{}, errors.New("--all-namespaces and --namespace do not go together")
	case s.AllNamespaces && s.Exporter != "":
		return types.NamespacedName{}, errors.New("--all-namespaces goes without the name of an exporter")
	case s.Exporter == "":
		return types.NamespacedName{Namespace: s.Namespace}, nil
	}
	return nameOf(s.Exporter, s.Namespace)
}
