package sharding

import (
	"fmt"
	"math/rand/v2"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
)

// Names of what stands on a member's Lease.
const (
	// LabelRing is the group of the ring that a Lease belongs to.
	LabelRing = "adx-mon.azure.com/ring"
	// AnnotationAck is the newest epoch whose releases the member has completed.
	AnnotationAck = "adx-mon.azure.com/ack"
	// AnnotationDraining is set while the member gives its share away.
	AnnotationDraining = "adx-mon.azure.com/draining"
	// AnnotationVersion is the member's version.
	AnnotationVersion = "adx-mon.azure.com/version"
)

// fenced begins the holder of a Lease whose member has been declared dead; the
// leader that did so follows.
const fenced = "!fenced/"

// LeaseName returns the name of a member's Lease.
func LeaseName(group, pod string) string { return "adxx-" + group + "-" + pod }

// LeaderLeaseName returns the name of the Lease by which leaders are elected.
func LeaderLeaseName(group string) string { return "adxx-" + group + "-leader" }

// newIdentity returns the identity of one life of a replica: pod/uid/nonce. A
// replica that has lost its Lease comes back with another nonce, so that what is
// known of the old life never speaks for the new one.
func newIdentity(pod, uid string) string {
	return fmt.Sprintf("%s/%s/%08x", pod, uid, rand.Uint32()) //nolint:gosec // it tells lives apart, no more
}

// holderOf returns who holds a Lease; empty if nobody does.
func holderOf(lease *coordinationv1.Lease) string {
	if lease == nil || lease.Spec.HolderIdentity == nil || strings.HasPrefix(*lease.Spec.HolderIdentity, fenced) {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// uidOf returns the pod's UID in an identity.
func uidOf(identity string) string {
	parts := strings.Split(identity, "/")
	if len(parts) != 3 {
		return ""
	}
	return parts[1]
}
