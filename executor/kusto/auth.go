package kusto

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	trusted "github.com/Azure/azure-kusto-go/azkustodata/trusted_endpoints"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// AuthKind says where tokens come from.
type AuthKind string

// The kinds of credential. They apply to https endpoints; an http endpoint, an
// emulator, never gets a token.
const (
	// AuthDefault tries the environment, workload identity, managed identity and
	// the Azure CLI, in that order. It is the zero value's meaning.
	AuthDefault AuthKind = "default"
	// AuthWorkloadIdentity uses the token that Kubernetes projects into the pod.
	AuthWorkloadIdentity AuthKind = "workload-identity"
	// AuthManagedIdentity uses the node's identity, or that of ClientID.
	AuthManagedIdentity AuthKind = "managed-identity"
	// AuthAzureCLI uses the login of the az command, for a developer's machine.
	AuthAzureCLI AuthKind = "azure-cli"
	// AuthNone sends no token, also over https.
	AuthNone AuthKind = "none"
)

// Auth configures the credential. The authority of a national cloud comes from
// AZURE_AUTHORITY_HOST, which workload identity sets by itself.
type Auth struct {
	// Kind of credential; empty means AuthDefault.
	Kind AuthKind
	// ClientID selects one of several identities; may be empty.
	ClientID string
	// Credential, if set, is used instead of one of Kind.
	Credential azcore.TokenCredential
}

// credential returns the source of tokens, nil for none.
func (a Auth) credential() (azcore.TokenCredential, error) {
	if a.Credential != nil {
		return a.Credential, nil
	}
	var c azcore.TokenCredential
	var err error
	switch a.Kind {
	case AuthNone:
		return nil, nil
	case AuthDefault, "":
		c, err = azidentity.NewDefaultAzureCredential(nil)
	case AuthWorkloadIdentity:
		c, err = azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientID: a.ClientID})
	case AuthManagedIdentity:
		c, err = azidentity.NewManagedIdentityCredential(a.managedIdentity())
	case AuthAzureCLI:
		c, err = azidentity.NewAzureCLICredential(nil)
	default:
		return nil, fmt.Errorf("cannot use Kusto credential %q: want %s, %s, %s, %s or %s",
			a.Kind, AuthDefault, AuthWorkloadIdentity, AuthManagedIdentity, AuthAzureCLI, AuthNone)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot use Kusto credential %q: %w", a.Kind, err)
	}
	return c, nil
}

func (a Auth) managedIdentity() *azidentity.ManagedIdentityCredentialOptions {
	if a.ClientID == "" {
		return nil
	}
	return &azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ClientID(a.ClientID)}
}

// renewBefore is how long before its end a token is replaced.
const renewBefore = 5 * time.Minute

// tokens keeps the tokens of a credential, one a scope, so that a hundred
// queries ask for one token. It implements azcore.TokenCredential.
type tokens struct {
	source azcore.TokenCredential
	gate   chan struct{} // holds one element while cached is in use; a lock that a context can leave
	cached map[string]azcore.AccessToken
}

func newTokens(source azcore.TokenCredential) *tokens {
	return &tokens{source: source, gate: make(chan struct{}, 1), cached: make(map[string]azcore.AccessToken)}
}

// GetToken implements azcore.TokenCredential.
func (t *tokens) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c := callOf(ctx)
	token, err := t.get(ctx, opts)
	c.token, c.tokenErr = token.Token, err
	return token, err
}

func (t *tokens) get(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if err := t.lock(ctx); err != nil {
		return azcore.AccessToken{}, err
	}
	defer t.unlock()
	scope := strings.Join(opts.Scopes, " ")
	if token, ok := t.cached[scope]; ok && time.Until(token.ExpiresOn) > renewBefore {
		return token, nil
	}
	token, err := t.source.GetToken(ctx, opts)
	if err != nil {
		return azcore.AccessToken{}, fmt.Errorf("cannot get a token: %w", err)
	}
	t.cached[scope] = token
	return token, nil
}

// forget drops a token that Kusto did not accept. A newer one stays.
func (t *tokens) forget(ctx context.Context, token string) {
	if t.lock(ctx) != nil {
		return
	}
	defer t.unlock()
	for scope, cached := range t.cached {
		if cached.Token == token {
			delete(t.cached, scope)
		}
	}
}

func (t *tokens) lock(ctx context.Context) error {
	select {
	case t.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *tokens) unlock() { <-t.gate }

// trustMutex guards the SDK's list of trusted hosts, which is global and has no
// lock of its own; so the lock is as global as what it guards.
var trustMutex sync.Mutex

// trustHosts makes the SDK send queries to hosts other than Microsoft's. A host
// is trusted as it stands; "*.example.org" trusts all names below example.org.
//
// The SDK reads the list without a lock, so this must happen before any query.
func trustHosts(hosts []string) error {
	rules := make([]trusted.MatchRule, 0, len(hosts))
	for _, host := range hosts {
		suffix, wildcard := strings.CutPrefix(strings.ToLower(strings.TrimSpace(host)), "*")
		if !isHost(suffix) || strings.ContainsAny(suffix, "*/:") || wildcard && !strings.HasPrefix(suffix, ".") {
			return fmt.Errorf("cannot trust host %q: want a host name without port, or *.domain", host)
		}
		rules = append(rules, trusted.MatchRule{Suffix: suffix, Exact: !wildcard})
	}
	if len(rules) == 0 {
		return nil
	}
	trustMutex.Lock()
	defer trustMutex.Unlock()
	if err := trusted.Instance.AddTrustedHosts(rules, false); err != nil {
		return fmt.Errorf("cannot trust hosts: %w", err)
	}
	return nil
}
