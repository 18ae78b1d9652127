package remotewrite

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/adx-mon/adxexporter/push"
)

// authorizer returns the Authorization header of a request; empty for none. Its
// errors are of type *push.Error.
type authorizer func(ctx context.Context) (string, error)

func (c Config) authorizer() (authorizer, error) {
	switch {
	case c.ways() > 1:
		return nil, errors.New("cannot authenticate in more than one way: give a bearer token, its file, a user or a credential")
	case c.Credential != nil:
		return entra(c.Credential, c.Scope), nil
	case c.BearerTokenFile != "":
		return fromFile(c.BearerTokenFile, bearer), nil
	case c.PasswordFile != "":
		return fromFile(c.PasswordFile, func(password string) string { return basic(c.Username, password) }), nil
	case c.Username != "" || c.Password != "":
		return always(basic(c.Username, c.Password)), nil
	case c.BearerToken != "":
		return always(bearer(c.BearerToken)), nil
	}
	return always(""), nil
}

func always(header string) authorizer {
	return func(context.Context) (string, error) { return header, nil }
}

func bearer(token string) string { return "Bearer " + token }

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// fromFile reads the secret anew each time: those who mount secrets rotate them.
func fromFile(path string, header func(secret string) string) authorizer {
	return func(context.Context) (string, error) {
		secret, err := os.ReadFile(path)
		if err != nil {
			return "", push.Fail(push.Retryable, "The file with the endpoint's credential cannot be read.", err)
		}
		return header(strings.TrimSpace(string(secret))), nil
	}
}

// entra asks for a token each time: credentials keep theirs until it expires.
func entra(credential azcore.TokenCredential, scope string) authorizer {
	return func(ctx context.Context) (string, error) {
		token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
		if err != nil {
			return "", push.Fail(push.Retryable, "Entra ID gives no token for the endpoint.", err)
		}
		return bearer(token.Token), nil
	}
}
