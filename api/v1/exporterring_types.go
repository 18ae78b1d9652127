package v1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ExporterRing says which replica runs which share of the exporters, for one
// cluster-label set. It is cluster-scoped and written by the set's leader only.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=mexring,categories=adx-mon
// +kubebuilder:printcolumn:name="Labels",type=string,JSONPath=`.spec.labels`
// +kubebuilder:printcolumn:name="Epoch",type=integer,JSONPath=`.status.epoch`
// +kubebuilder:printcolumn:name="Term",type=integer,JSONPath=`.status.term`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Partitions",type=integer,priority=1,JSONPath=`.spec.partitions`
// +kubebuilder:printcolumn:name="Lease Namespace",type=string,priority=1,JSONPath=`.spec.leaseNamespace`
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || has(self.status)",message="status must not be removed: it is the assignment that replicas act on"
type ExporterRing struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what the ring is; it never changes.
	Spec ExporterRingSpec `json:"spec"`
	// Status is the published assignment.
	Status ExporterRingStatus `json:"status,omitempty"`
}

// ExporterRingList is a list of ExporterRing.
//
// +kubebuilder:object:root=true
type ExporterRingList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ExporterRing `json:"items"`
}

// ExporterRingSpec never changes during the ring's life.
//
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="spec is immutable: delete the ring to change it",reason=FieldValueForbidden
type ExporterRingSpec struct {
	// Partitions is how many shares the exporters are hashed into.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4096
	Partitions int32 `json:"partitions"`

	// Hash names the hash function and its version.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Hash string `json:"hash"`

	// LeaseNamespace is the namespace of the members' Leases.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	LeaseNamespace string `json:"leaseNamespace"`

	// Labels is the cluster-label set, sorted, as key=value pairs.
	//
	// +kubebuilder:validation:MaxLength=4096
	Labels string `json:"labels"`
}

// ExporterRingStatus is the published assignment. Its rules make every write a
// compare-and-swap on the epoch, so that two leaders cannot interleave.
//
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.epoch) || self == oldSelf || (has(self.epoch) && self.epoch == oldSelf.epoch + 1)",message="stale: epoch must be one more than the stored epoch",reason=FieldValueForbidden
// +kubebuilder:validation:XValidation:rule="self.?term.orValue(0) >= oldSelf.?term.orValue(0)",message="stale: term must not decrease",reason=FieldValueForbidden
type ExporterRingStatus struct {
	// Epoch counts the assignments; each write adds one.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	Epoch int64 `json:"epoch,omitempty"`

	// Term counts the leaders.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	Term int64 `json:"term,omitempty"`

	// Members are the replicas, in the order that Table refers to.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=256
	Members []RingMember `json:"members,omitempty"`

	// Table is the owner's index in Members for each partition, run-length coded
	// as base64.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=32768
	Table string `json:"table,omitempty"`

	// Generations is the epoch of each partition's last change of owner, delta
	// coded as base64.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=65536
	Generations string `json:"generations,omitempty"`

	// Handoffs are the moves under way.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=512
	Handoffs []RingHandoff `json:"handoffs,omitempty"`
}

// RingMember is one replica.
type RingMember struct {
	// Name is the pod's name.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// Identity is the process: pod/uid/nonce.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Identity string `json:"identity"`

	// Draining is set while the replica gives its share away.
	//
	// +optional
	Draining bool `json:"draining,omitempty"`
}

// RingHandoff is a set of partitions on its way from one member to another.
type RingHandoff struct {
	// Partitions are the partitions' numbers.
	//
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=4096
	Partitions []int32 `json:"partitions"`

	// From is the identity of the member that gives.
	//
	// +kubebuilder:validation:MaxLength=512
	From string `json:"from"`

	// To is the identity of the member that takes.
	//
	// +kubebuilder:validation:MaxLength=512
	To string `json:"to"`

	// Epoch is the assignment that asked for the release.
	//
	// +kubebuilder:validation:Minimum=0
	Epoch int64 `json:"epoch"`
}
