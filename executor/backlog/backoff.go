package backlog

import (
	"hash/fnv"
	"strconv"
	"time"
)

// Backoff is how long to wait between tries.
type Backoff struct {
	// Base is the wait after the first failure; it doubles with each further one.
	Base time.Duration
	// Max bounds the wait, before jitter.
	Max time.Duration
}

// Wait returns how long to wait after a number of failures in a row. It is
// deterministic, so that any replica that reads the attempts from the status
// waits equally long; the key spreads exporters over +-20 %.
func (b Backoff) Wait(attempts int32, key string) time.Duration {
	wait := b.Base
	for i := int32(1); i < attempts && wait < b.Max; i++ {
		wait *= 2
	}
	wait = min(wait, b.Max)
	return wait + time.Duration(float64(wait)*jitter(attempts, key)).Truncate(time.Millisecond)
}

// jitter returns a number in [-0.2, 0.2) that is fixed for an attempt of a key.
func jitter(attempts int32, key string) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key + "/" + strconv.Itoa(int(attempts)))) // a hash never fails
	const steps = 4096
	return float64(h.Sum64()%steps)/steps*0.4 - 0.2
}
