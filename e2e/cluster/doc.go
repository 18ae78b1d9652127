// Package cluster is a Kubernetes cluster for the end-to-end tests: the real
// control plane of e2e/controlplane, and a Node of e2e/kubelet that runs the
// replicas of this project's own manifests as processes, each at an address of its
// own and with the rights of its ServiceAccount.
//
// All of it lives in a network namespace of its own, which Main enters, so that
// the replicas can all listen at the same port and nothing is left behind. Root is
// not needed where users may make namespaces.
//
// Each replica reaches the API server through a Proxy, which can stall. The parts of
// the control plane are processes that can be stopped and continued.
//
// The tests of the package are the scenarios in testdata: what happens to a set of
// replicas when it is scaled, restarted, killed, frozen or cut off, and what a
// history of it must look like. `make e2e` and `make chaos` run them. e2e/up runs a
// cluster to look at.
package cluster
