// Package scale measures the whole service at the size that its users reach: real
// replicas and an embedded Kusto, each a process of its own, on the real control
// plane. It has tests only, which `make scale` runs; each figure is a line
//
//	scale <name> ours=<x> limit=<y> ok|short
//
// ADXEXPORTER_SCALE_EXPORTERS sets how many exporters there are, and
// ADXEXPORTER_SCALE_MINUTES how long each phase is measured.
package scale
