package app

import (
	"errors"
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"
)

// answersPart is the part of the memory limit that answers may take, an eighth: slices
// that grow have twice what they need for a moment. The rest is for what the runtime,
// the API's objects, the outputs, and the one answer that may exceed it take.
const answersPart = 8

// limitMemory has the garbage collector keep this process below the limit of its
// cgroup, unless GOMEMLIMIT says otherwise. It returns how many bytes answers may
// take; zero if there is no limit.
func limitMemory(log *zap.Logger) int64 {
	_, err := memlimit.Set()
	if err != nil && !errors.Is(err, memlimit.ErrNoCgroup) && !errors.Is(err, memlimit.ErrCgroupsNotSupported) {
		log.Warn("cannot read the memory limit of the cgroup; set GOMEMLIMIT instead", zap.Error(err))
	}
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return 0
	}
	log.Info("memory is limited", zap.Int64("bytes", limit), zap.Int64("answers", limit/answersPart))
	return limit / answersPart
}
