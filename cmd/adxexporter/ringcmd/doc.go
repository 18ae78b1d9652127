// Package ringcmd shows a ring to people: who is in it, who owns what, where an
// exporter runs, and what a change of members would come to. It is what
// `adxexporter ring` prints.
//
// Read takes the ExporterRing, the Leases of its members and, where loads matter,
// the MetricsExporters from the API server; the views are made of these, with the
// time as an argument. It never writes, and asks no replica. cmd/adxexporter/app
// calls it.
package ringcmd
