// Package app is the composition root: the command line, one file a subcommand,
// and App, which wires the parts of one replica and starts and stops them in
// order. It holds no logic of its own.
//
// Only main, the demo and end-to-end tests use it.
package app
