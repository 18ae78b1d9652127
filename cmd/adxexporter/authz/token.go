package authz

import (
	"errors"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
)

// errNoToken means that the API server knows this replica by something else.
var errNoToken = errors.New("this replica has no token of its own: it reaches Kubernetes by something else, such as a client certificate")

// Token returns the token by which the API server of config knows this replica, for
// each request. A file is read again as it is rotated.
func Token(config *rest.Config) func() (string, error) {
	if config.BearerTokenFile == "" {
		return func() (string, error) {
			if config.BearerToken == "" {
				return "", errNoToken
			}
			return config.BearerToken, nil
		}
	}
	source := transport.NewCachedFileTokenSource(config.BearerTokenFile)
	return func() (string, error) {
		token, err := source.Token()
		if err != nil {
			return "", err
		}
		return token.AccessToken, nil
	}
}
