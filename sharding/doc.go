// Package sharding answers "may this replica act for this exporter, now?".
//
// It never looks at what an exporter does. executor asks it before a query,
// before each delivery and before a commit, through an interface that executor
// declares.
package sharding
