// Package collector scrapes pods by the rules of adx-mon's Collector: which pods, on
// which port and path, what a request says, and what of an answer it can read. It is
// a stand-in, written from those rules, that is stricter where the Collector would
// go on quietly: what the Collector would leave out is an error here.
//
// It never pushes anything on, and it knows nothing of adxexporter. End-to-end tests
// use it.
package collector
