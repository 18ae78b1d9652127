package executor

import (
	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
)

// wantsRun reports whether somebody asks for a run at once.
func (s situation) wantsRun() bool {
	token := s.object.Annotations[v1.AnnotationRunNow]
	return token != "" && clipToken(token) != s.state.entry.LastHandledRequest
}

// handled notes that the run that somebody asked for has been, whatever came of it.
// If it went well, the backlog does not have to wait either.
func (s settlement) handled(next *state) {
	if !s.wantsRun() || (s.action.step != stepRun && s.action.step != stepShow) {
		return
	}
	next.entry.LastHandledRequest = clipToken(s.object.Annotations[v1.AnnotationRunNow])
	if s.err == nil {
		backlog.HastenAll(&next.entry)
	}
}
