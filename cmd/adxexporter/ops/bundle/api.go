package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// A request takes requestTimeout at most, and of an answer maxAnswer bytes are kept.
const (
	requestTimeout = 15 * time.Second
	maxAnswer      = 64 << 20
)

// api is the API server.
type api struct {
	client *http.Client
	base   *url.URL
}

func newAPI(config *rest.Config) (*api, error) {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	return &api{client, base}, nil
}

// right is what a request needs.
type right struct{ verb, resource, namespace string }

func (r right) String() string {
	if r.namespace == "" {
		return fmt.Sprintf("the verb %s on %s in the cluster", r.verb, r.resource)
	}
	return fmt.Sprintf("the verb %s on %s in namespace %q", r.verb, r.resource, r.namespace)
}

// get asks for a path, with its query. The content is that of any answer; an error
// says why it is not the one that was asked for.
func (a *api) get(ctx context.Context, path, accept string, needs right) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(a.base.String(), "/")+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	response, err := a.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer breaks off: %w", err)
	case len(content) > maxAnswer:
		return nil, fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	case response.StatusCode == http.StatusForbidden:
		return content, fmt.Errorf("you need %s: %s", needs, saying(content))
	case response.StatusCode != http.StatusOK:
		return content, fmt.Errorf("%s: %s", response.Status, saying(content))
	}
	return content, nil
}

// saying returns what an answer says, in one line.
func saying(content []byte) string {
	const most = 200
	var status metav1.Status
	text := string(content)
	if json.Unmarshal(content, &status) == nil && status.Message != "" {
		text = status.Message
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
