// Package kubelet runs the pods of a cluster as processes of this machine, for the
// end-to-end tests.
//
// It is what a Node looks like to the control plane: it registers one, takes every
// pod that is bound to it or to none, and tells the API server how the pod does.
// What a pod's containers run is one program, whatever their image says, with the
// arguments and the environment of the manifest, an address of the pod's own, and
// the token of its ServiceAccount in a kubeconfig. Probes, restarts, grace periods
// and deletion are as Kubernetes documents them.
//
// There are no images, no volumes, no init containers and no isolation: a pod must
// listen at its own address, $(POD_IP), and not at all of them. What a manifest asks
// for beyond that is an error in the container's status, or is left out where it only
// restricts, as a securityContext does.
//
// The pods' addresses must be local ones, such as those of a network namespace with
// the route "local 10.77.0.0/16 dev lo". e2e/cluster makes one, and is the only
// caller. No process outlives this one.
package kubelet
