package app

import (
	"errors"
	"fmt"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/ringcmd"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// ringCommand is `adxexporter ring`.
type ringCommand struct {
	Members  ringMembersCommand  `cmd:"" help:"Who is in the ring, and how they are doing."`
	Table    ringTableCommand    `cmd:"" help:"Who owns which partitions, and what is on its way."`
	Explain  ringExplainCommand  `cmd:"" help:"Where an exporter runs."`
	Simulate ringSimulateCommand `cmd:"" help:"What it would come to if replicas joined or left."`

	clusterFlags

	Ring     string         `placeholder:"NAME" help:"Which ring, if the cluster has several: the name of its ExporterRing."`
	OfLabels []string       `name:"cluster-labels" sep:"none" placeholder:"KEY=VALUE,..." help:"Which ring, by the cluster labels of its replicas. Repeatable."`
	Output   ringcmd.Format `short:"o" enum:"text,json" default:"text" help:"How it is printed: ${enum}."`
}

// ringMembersCommand is `adxexporter ring members`.
type ringMembersCommand struct{}

// ringTableCommand is `adxexporter ring table`.
type ringTableCommand struct{}

// ringExplainCommand is `adxexporter ring explain`.
type ringExplainCommand struct {
	Exporter string `arg:"" help:"The exporter, as NAMESPACE/NAME."`
}

// ringSimulateCommand is `adxexporter ring simulate`.
type ringSimulateCommand struct {
	Join      []string `placeholder:"POD" help:"A replica that would join. Repeatable."`
	Leave     []string `placeholder:"POD" help:"A replica that would leave. Repeatable."`
	EqualCost bool     `help:"Weigh all partitions the same instead of by what their exporters cost, which means to read all exporters."`
}

// Run prints who is in the ring.
func (*ringMembersCommand) Run(c *console, flags *ringCommand) error {
	state, _, err := flags.read(c)
	if err != nil {
		return err
	}
	return ringcmd.Write(c.stdout, flags.Output, ringcmd.NewMembers(state, time.Now()))
}

// Run prints who owns what.
func (*ringTableCommand) Run(c *console, flags *ringCommand) error {
	state, _, err := flags.read(c)
	if err != nil {
		return err
	}
	return ringcmd.Write(c.stdout, flags.Output, ringcmd.NewTable(state))
}

// Run prints where an exporter runs.
func (e *ringExplainCommand) Run(c *console, flags *ringCommand) error {
	namespace, name, ok := strings.Cut(e.Exporter, "/")
	if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return &usageError{fmt.Errorf("cannot read the exporter %q: want NAMESPACE/NAME", e.Exporter)}
	}
	state, _, err := flags.read(c)
	if err != nil {
		return err
	}
	view, err := ringcmd.NewExplanation(state, e.Exporter, time.Now())
	if err != nil {
		return err
	}
	return ringcmd.Write(c.stdout, flags.Output, view)
}

// Run prints what a change of members would come to. Nothing is changed.
func (s *ringSimulateCommand) Run(c *console, flags *ringCommand) error {
	state, reader, err := flags.read(c)
	if err != nil {
		return err
	}
	var weights []float64
	if !s.EqualCost {
		if weights, err = state.Weights(c.ctx, reader, time.Now()); err != nil {
			return err
		}
	}
	view, err := ringcmd.NewSimulation(state, weights, ring.Change{Joining: s.Join, Leaving: s.Leave})
	switch {
	case errors.Is(err, ring.ErrMember):
		return &usageError{err}
	case err != nil:
		return err
	}
	return ringcmd.Write(c.stdout, flags.Output, view)
}

// name returns the name of the ring that is asked for; empty if it is the only one.
func (r *ringCommand) name() (string, error) {
	if r.Ring != "" || len(r.OfLabels) == 0 {
		return r.Ring, nil
	}
	labels, err := (&labelFlags{ClusterLabels: r.OfLabels}).labels()
	if err != nil {
		return "", &usageError{err}
	}
	return labels.Group(), nil
}

// read returns the state of the ring, and what else can be read.
func (r *ringCommand) read(c *console) (*ringcmd.State, client.Reader, error) {
	name, err := r.name()
	if err != nil {
		return nil, nil, err
	}
	config, _, err := r.config()
	if err != nil {
		return nil, nil, err
	}
	reader, err := ringReader(config)
	if err != nil {
		return nil, nil, err
	}
	state, err := ringcmd.Read(c.ctx, reader, name)
	if errors.Is(err, ringcmd.ErrChoose) {
		return nil, nil, &usageError{fmt.Errorf("--ring: %w", err)}
	}
	return state, reader, err
}

// ringReader reads from the API server's store. It knows by itself where the kinds
// are, so that it needs no more rights than to read them.
func ringReader(config *rest.Config) (client.Reader, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(v1.AddToScheme(scheme), coordinationv1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(v1.GroupVersion.WithKind("ExporterRing"), meta.RESTScopeRoot)
	mapper.Add(v1.GroupVersion.WithKind("MetricsExporter"), meta.RESTScopeNamespace)
	mapper.Add(coordinationv1.SchemeGroupVersion.WithKind("Lease"), meta.RESTScopeNamespace)
	reader, err := client.New(config, client.Options{Scheme: scheme, Mapper: mapper})
	if err != nil {
		return nil, fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	return reader, nil
}
