package kubelet

import (
	"context"
	"errors"
	"fmt"
	"os"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// The files of a pod by which it reaches the API server.
const (
	kubeconfigFile = "kubeconfig"
	tokenFile      = "token"
	caFile         = "ca.crt"
)

// tokenSeconds is how long a pod's token is good for: longer than any test.
const tokenSeconds = 24 * 60 * 60

// admit gives the pod the token of its ServiceAccount, bound to the pod, and a
// kubeconfig that uses it.
func (p *pod) admit(ctx context.Context) error {
	token, err := p.token(ctx)
	if err != nil {
		return fmt.Errorf("cannot get the token of ServiceAccount %q: %w", p.object.Spec.ServiceAccountName, err)
	}
	config := p.kubelet.opts.Config
	server := config.Host
	if p.kubelet.opts.APIServer != nil {
		if server, err = p.kubelet.opts.APIServer(p.object); err != nil {
			return err
		}
	}
	ca := config.CAData
	if len(ca) == 0 {
		if ca, err = os.ReadFile(config.CAFile); err != nil {
			return fmt.Errorf("cannot read the cluster's CA: %w", err)
		}
	}
	return errors.Join(
		os.WriteFile(p.path(tokenFile), []byte(token), 0o600),
		os.WriteFile(p.path(caFile), ca, 0o600), //nolint:gosec // names of pods are DNS names
		p.kubeconfig(server),
	)
}

func (p *pod) token(ctx context.Context) (string, error) {
	seconds := int64(tokenSeconds)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: &seconds,
		BoundObjectRef:    &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: p.object.Name, UID: p.object.UID},
	}}
	answer, err := p.kubelet.opts.Client.CoreV1().ServiceAccounts(p.object.Namespace).
		CreateToken(ctx, p.object.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return answer.Status.Token, nil
}

func (p *pod) kubeconfig(server string) error {
	config := clientcmdapi.NewConfig()
	config.Clusters["cluster"] = &clientcmdapi.Cluster{Server: server, CertificateAuthority: p.path(caFile)}
	config.AuthInfos["pod"] = &clientcmdapi.AuthInfo{TokenFile: p.path(tokenFile)}
	config.Contexts["pod"] = &clientcmdapi.Context{Cluster: "cluster", AuthInfo: "pod", Namespace: p.object.Namespace}
	config.CurrentContext = "pod"
	return clientcmd.WriteToFile(*config, p.path(kubeconfigFile))
}
