package kubelet

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// status returns what the API server is told, with the conditions that it was told
// before.
func (p *pod) status(before []corev1.PodCondition, now time.Time) corev1.PodStatus {
	states := make([]state, len(p.containers))
	for i, c := range p.containers {
		states[i] = c.get()
	}
	started := metav1.NewTime(now)
	if p.object.Status.StartTime != nil {
		started = *p.object.Status.StartTime
	}
	p.object.Status.StartTime = &started
	status := corev1.PodStatus{
		Phase: phaseOf(states), StartTime: &started,
		HostIP: p.kubelet.opts.Address.String(), PodIP: p.ip.String(),
		PodIPs: []corev1.PodIP{{IP: p.ip.String()}}, QOSClass: p.object.Status.QOSClass,
		Conditions: conditionsOf(states, before, metav1.NewTime(now)),
	}
	for i, c := range p.containers {
		status.ContainerStatuses = append(status.ContainerStatuses, containerStatus(c.spec, states[i]))
	}
	return status
}

// phaseOf returns Pending until every container has been started once, and how it went
// once all of them are over.
func phaseOf(states []state) corev1.PodPhase {
	over, phase := true, corev1.PodSucceeded
	for _, s := range states {
		if s.startedAt.IsZero() {
			return corev1.PodPending
		}
		over = over && s.over
		if s.exit != 0 {
			phase = corev1.PodFailed
		}
	}
	if !over {
		return corev1.PodRunning
	}
	return phase
}

// conditionsOf returns the pod's conditions. One that has not changed keeps its time.
func conditionsOf(states []state, before []corev1.PodCondition, now metav1.Time) []corev1.PodCondition {
	ready, reason := corev1.ConditionTrue, ""
	for _, s := range states {
		if !s.ready {
			ready, reason = corev1.ConditionFalse, "ContainersNotReady"
		}
	}
	conditions := []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionTrue},
		{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue},
		{Type: corev1.PodInitialized, Status: corev1.ConditionTrue},
		{Type: corev1.ContainersReady, Status: ready, Reason: reason},
		{Type: corev1.PodReady, Status: ready, Reason: reason},
	}
	for i := range conditions {
		c := &conditions[i]
		c.LastTransitionTime = now
		for _, b := range before {
			if b.Type == c.Type && b.Status == c.Status {
				c.LastTransitionTime = b.LastTransitionTime
			}
		}
	}
	return conditions
}

// containerStatus returns what there is to say of one container.
func containerStatus(spec *corev1.Container, s state) corev1.ContainerStatus {
	status := corev1.ContainerStatus{
		Name: spec.Name, Image: spec.Image, ImageID: "process://" + spec.Image,
		Ready: s.ready, Started: &s.started, RestartCount: s.restarts,
	}
	ended := &corev1.ContainerStateTerminated{
		ExitCode: s.exit, Reason: "Completed", StartedAt: metav1.NewTime(s.startedAt), FinishedAt: metav1.NewTime(s.endedAt),
	}
	if s.exit != 0 {
		ended.Reason = "Error"
	}
	switch {
	case s.pid != 0:
		status.State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(s.startedAt)}
		if !s.endedAt.IsZero() {
			ended.StartedAt = metav1.Time{}
			status.LastTerminationState.Terminated = ended
		}
	case s.waits != "":
		status.State.Waiting = &corev1.ContainerStateWaiting{Reason: s.waits, Message: s.message}
		if !s.endedAt.IsZero() {
			status.LastTerminationState.Terminated = ended
		}
	default:
		status.State.Terminated = ended
	}
	return status
}
