// Package statuspage tells the status page (exposition/page) what a replica knows: it
// puts what the executor, the ring and the outputs say into the page's own words. An
// output imports nothing of those, so somebody has to stand between.
//
// It only reads, asks nobody outside this process, and leaves out what nobody should
// see: secret strings of a query, and what looks like a credential in an error. app
// makes a Source for each replica.
package statuspage
