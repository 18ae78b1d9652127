package kubelet

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// variable is an environment variable.
type variable struct{ name, value string }

// environment is what a container is given, in the manifest's order.
type environment []variable

// strings returns the environment as a process wants it.
func (e environment) strings() []string {
	list := make([]string, len(e))
	for i, v := range e {
		list[i] = v.name + "=" + v.value
	}
	return list
}

// lookup returns the value of a variable: the last one of that name.
func (e environment) lookup(name string) (string, bool) {
	for _, v := range slices.Backward(e) {
		if v.name == name {
			return v.value, true
		}
	}
	return "", false
}

// environmentOf returns the environment of a container: a value sees the variables
// before it.
func environmentOf(pod *corev1.Pod, ip netip.Addr, container *corev1.Container) (environment, error) {
	if len(container.EnvFrom) > 0 {
		return nil, fmt.Errorf("cannot give container %q its environment: envFrom is not supported", container.Name)
	}
	var env environment
	for _, v := range container.Env {
		value := expand(v.Value, env)
		if v.ValueFrom != nil {
			var err error
			if value, err = valueFrom(pod, ip, v.ValueFrom); err != nil {
				return nil, fmt.Errorf("cannot set the variable %q: %w", v.Name, err)
			}
		}
		env = append(env, variable{v.Name, value})
	}
	return env, nil
}

func valueFrom(pod *corev1.Pod, ip netip.Addr, source *corev1.EnvVarSource) (string, error) {
	if source.FieldRef == nil {
		return "", fmt.Errorf("only fieldRef is supported")
	}
	switch path := source.FieldRef.FieldPath; path {
	case "metadata.name":
		return pod.Name, nil
	case "metadata.namespace":
		return pod.Namespace, nil
	case "metadata.uid":
		return string(pod.UID), nil
	case "spec.nodeName":
		return pod.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return pod.Spec.ServiceAccountName, nil
	case "status.podIP", "status.podIPs":
		return ip.String(), nil
	default:
		return "", fmt.Errorf("the field %q is not supported", path)
	}
}

// expand replaces each $(NAME) by the variable of that name. One that is not there
// stays as it is written, and $$ is a dollar sign.
func expand(text string, env environment) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		var rest string
		name, isReference := strings.CutPrefix(after, "(")
		if isReference {
			name, rest, isReference = strings.Cut(name, ")")
		}
		switch {
		case strings.HasPrefix(after, "$"):
			out.WriteByte('$')
			text = after[1:]
		case isReference:
			value, ok := env.lookup(name)
			if !ok {
				value = "$(" + name + ")"
			}
			out.WriteString(value)
			text = rest
		default:
			out.WriteByte('$')
			text = after
		}
	}
}

// argumentsOf returns a container's arguments. Its command, the program, is always
// the kubelet's own.
func argumentsOf(container *corev1.Container, env environment) []string {
	arguments := make([]string, len(container.Args))
	for i, argument := range container.Args {
		arguments[i] = expand(argument, env)
	}
	return arguments
}

// portOf returns the number of a probe's port, which may be the name of one of the
// container's.
func portOf(container *corev1.Container, port intstr.IntOrString) (int32, error) {
	if port.Type == intstr.Int {
		return port.IntVal, nil
	}
	for _, p := range container.Ports {
		if p.Name == port.StrVal {
			return p.ContainerPort, nil
		}
	}
	return 0, fmt.Errorf("cannot find the port %q: container %q has none of that name", port.StrVal, container.Name)
}
