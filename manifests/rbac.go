package manifests

// What a replica may do. rbac/role.yaml is generated from these markers, and a test
// holds them against what the code asks for. Rights on objects that live in the
// release's own namespace are a Role, so that a replica cannot touch another
// controller's Leases.
//
// A replica reads exporters everywhere and writes only their status, by
// server-side apply.
// +kubebuilder:rbac:groups=adx-mon.azure.com,resources=metricsexporters,verbs=get;list;watch
// +kubebuilder:rbac:groups=adx-mon.azure.com,resources=metricsexporters/status,verbs=patch
//
// Rings are created by the first replica of a cluster-label set and never
// deleted: their epoch fences old replicas. The leader writes their status, by
// compare-and-swap.
// +kubebuilder:rbac:groups=adx-mon.azure.com,resources=exporterrings,verbs=get;list;watch;create
// +kubebuilder:rbac:groups=adx-mon.azure.com,resources=exporterrings/status,verbs=update
//
// Events are written beside the exporter they speak of, in any namespace.
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
//
// Membership and leadership are Leases, which are given back and never deleted;
// peers are found by the EndpointSlices.
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=adx-mon-system,resources=leases,verbs=get;list;watch;create;update
// +kubebuilder:rbac:groups=discovery.k8s.io,namespace=adx-mon-system,resources=endpointslices,verbs=list;watch
