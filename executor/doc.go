// Package executor runs the exporters that this replica owns: an exporter is
// due, its window is queried, rows become points, points are delivered, and the
// window is committed in the exporter's status.
//
// Which exporters exist comes in through Apply and Remove, from Kubernetes
// (executor/kube) or from files (executor/files). Start runs them until its
// context ends. What to do next is decided by pure functions of spec, status and
// time (decide, settle, conditionsOf, summarize); only Executor acts.
//
// The package declares the interfaces it needs: Guard (sharding), Querier
// (executor/kusto), Sink (exposition, push) and Recorder (executor/kube,
// executor/files). It never talks to Kubernetes or Kusto itself, and it never
// delivers two windows of one exporter at once: at most it asks for some windows of
// a backfill ahead of their turn.
package executor
