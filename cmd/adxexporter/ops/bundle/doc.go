// Package bundle collects what somebody needs who looks for a fault in a cluster
// that is not theirs: objects from the API server, and from each replica, through
// the API server's proxy, its pages, metrics and profiles, in one zip file.
//
// What cannot be had is listed in the zip's manifest with the reason, and spoils
// nothing else. No Secret is ever read, values that may be secret are replaced, and
// nothing is written into the cluster. The command debug bundle calls it.
package bundle
