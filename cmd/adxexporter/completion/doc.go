// Package completion completes command lines in a shell, from the model of the
// commands: what may follow the words so far is a pure function of both. The shells'
// scripts ask the binary itself, so they are never out of date.
//
// It knows the names of commands and flags and the values of those that have a
// list of them; it asks no cluster, and leaves files to the shell. The commands'
// entry point calls it.
package completion
