package remotewrite
// Version is a version of the protocol.
type Version uint8
const (
	Version1 Version = iota
	Version2 
)
