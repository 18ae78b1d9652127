// Package roster says which of the exporters that exist are run by this replica.
//
// It stands between those who know the exporters (executor/kube) and the executor,
// and passes on only what the ring has given to this replica. Take, Release and
// Drop follow the ring: an exporter that comes is read from the API server's store
// first, never from a cache, and goes on from what its last replica hands over;
// one that goes is brought to rest, and what is known of it is kept for a minute
// for whoever asks.
//
// The package decides nothing about windows and knows nothing of Leases. app wires
// it between sharding and the executor; without a ring there is no roster.
package roster
