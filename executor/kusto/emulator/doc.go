// Package emulator is a Kusto that fits in the process: an http.Handler which
// speaks the service's REST interface, as the unmodified Azure SDK uses it, over
// the KQL engine of emulator/engine.
//
// It serves the demo, the tests and the command line's test command. It is no
// database: rows live in memory or are generated when they are asked for, there
// is no authentication, and what metric queries do not need is not there.
//
// A Server holds clusters, databases and tables. The path in front of the REST
// path names the cluster that a request is for, so that one server can stand for
// several: http://host/eastus-cluster/v2/rest/query. Every request is recorded in
// a journal, and a script of faults makes it answer as the service does on its
// bad days: throttled, cut off, stalled, twice, with the wrong number of rows.
//
// The handlers run in the HTTP server's goroutines and start none of their own.
package emulator
