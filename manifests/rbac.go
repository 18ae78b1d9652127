package manifests

// What a replica may do. rbac/role.yaml is generated from these markers. Rights
// on objects that live in the release's own namespace are a Role, so that a
// replica cannot touch another controller's Leases.
//
// A replica reads exporters everywhere and writes only their status.
// +kubebuilder:rbac:groups=adx-mon.azure.com,resources=metricsexporters,verbs=get;list;watch
// +kubebuilder:rbac:groups=adx-mon.azure.com,resources=metricsexporters/status,verbs=get;patch;update
//
// Rings are created by the first replica of a cluster-label set and never
// deleted: their epoch fences old replicas.
// +kubebuilder:rbac:groups=adx-mon.azure.com,resources=exporterrings,verbs=get;list;watch;create
// +kubebuilder:rbac:groups=adx-mon.azure.com,resources=exporterrings/status,verbs=get;patch;update
//
// Events are written beside the exporter they speak of, in any namespace.
// +kubebuilder:rbac:groups="";events.k8s.io,resources=events,verbs=create;patch
//
// Membership and leadership are Leases; peers are found by the EndpointSlice.
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=adx-mon-system,resources=leases,verbs=get;list;watch;create;update;patch;delete
// +kubebuilder:rbac:groups=discovery.k8s.io,namespace=adx-mon-system,resources=endpointslices,verbs=get;list;watch
