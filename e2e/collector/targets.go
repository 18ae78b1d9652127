package collector

import (
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The annotations that say whether and where a pod is scraped.
const (
	AnnotationScrape  = "adx-mon/scrape"
	AnnotationScheme  = "adx-mon/scheme"
	AnnotationPort    = "adx-mon/port"
	AnnotationPath    = "adx-mon/path"
	AnnotationTargets = "adx-mon/targets"
)

// Target is what is scraped of a pod.
type Target struct {
	Namespace, Pod, URL string
}

// Targets returns what a Collector on a node scrapes. It keeps targets by pod, so of
// several that a pod has only the last one is left.
func Targets(node string, pods []corev1.Pod) map[types.UID]Target {
	kept := map[types.UID]Target{}
	for i := range pods {
		if pod := &pods[i]; pod.Spec.NodeName == node && pod.Status.PodIP != "" {
			for _, target := range TargetsOf(pod) {
				kept[pod.UID] = target
			}
		}
	}
	return kept
}

// TargetsOf returns all targets that a pod's annotations name, in their order.
func TargetsOf(pod *corev1.Pod) []Target {
	if !strings.EqualFold(pod.Annotations[AnnotationScrape], "true") {
		return nil
	}
	var all []Target
	for _, place := range placesOf(pod) {
		scheme := pod.Annotations[AnnotationScheme]
		if scheme == "" {
			scheme = "http"
		}
		address := url.URL{Scheme: scheme, Host: pod.Status.PodIP + ":" + strconv.Itoa(place.port)}
		all = append(all, Target{Namespace: pod.Namespace, Pod: pod.Name, URL: address.String() + place.path})
	}
	return all
}

// place is where on a pod something may be.
type place struct {
	path string
	port int
}

// placesOf reads the annotations, the one with several targets first.
func placesOf(pod *corev1.Pod) []place {
	if places, ok := listed(pod); ok {
		return places
	}
	path := pod.Annotations[AnnotationPath]
	if path == "" {
		path = "/metrics"
	}
	if !strings.HasPrefix(path, "/") {
		return nil
	}
	if named := pod.Annotations[AnnotationPort]; named != "" {
		if port, ok := portOf(pod, named); ok {
			return []place{{path, port}}
		}
		return nil
	}
	var places []place
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			places = append(places, place{path, int(p.ContainerPort)})
		}
	}
	return places
}

// listed reads "path:port, path:port". One entry that cannot be read spoils them all.
func listed(pod *corev1.Pod) ([]place, bool) {
	list := pod.Annotations[AnnotationTargets]
	if list == "" {
		return nil, false
	}
	var places []place
	for entry := range strings.SplitSeq(list, ",") {
		path, named, ok := strings.Cut(strings.TrimSpace(entry), ":")
		if !ok || !strings.HasPrefix(path, "/") {
			return nil, false
		}
		if port, declared := portOf(pod, named); declared {
			places = append(places, place{path, port})
		}
	}
	return places, true
}

// portOf returns the port that a number or a name means: one that a container
// declares, or that of a probe of a container that declares any.
func portOf(pod *corev1.Pod, named string) (int, bool) {
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		for _, p := range c.Ports {
			if named == p.Name || named == strconv.Itoa(int(p.ContainerPort)) {
				return int(p.ContainerPort), true
			}
		}
		for _, probe := range []*corev1.Probe{c.ReadinessProbe, c.LivenessProbe} {
			if port, ok := probed(probe); ok && len(c.Ports) > 0 && named == strconv.Itoa(port) {
				return port, true
			}
		}
	}
	return 0, false
}

// probed returns the port of an HTTP probe that has a number.
func probed(probe *corev1.Probe) (int, bool) {
	if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Port.Type != intstr.Int {
		return 0, false
	}
	return probe.HTTPGet.Port.IntValue(), true
}
