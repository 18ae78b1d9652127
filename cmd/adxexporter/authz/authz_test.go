package authz

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/rest"
)

// server is an API server that knows one token, and lets its owner get one path.
type server struct {
	config *rest.Config
	// tokens and rights count what it was asked; broken has it answer 500 to a path.
	tokens, rights atomic.Int64
	broken         atomic.Value
	// last is the last question about a right.
	last atomic.Pointer[authorizationv1.SubjectAccessReviewSpec]
}

const (
	tokensPath = "/apis/authentication.k8s.io/v1/tokenreviews"
	rightsPath = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
)

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	s.broken.Store("")
	backend := httptest.NewServer(s)
	t.Cleanup(backend.Close)
	s.config = &rest.Config{Host: backend.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.broken.Load() == r.URL.Path {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case tokensPath:
		s.tokens.Add(1)
		var review authenticationv1.TokenReview
		_ = json.NewDecoder(r.Body).Decode(&review)
		review.Status.Authenticated = review.Spec.Token == "good"
		if review.Status.Authenticated {
			review.Status.User = authenticationv1.UserInfo{Username: "ali", Groups: []string{"staff"}, Extra: map[string]authenticationv1.ExtraValue{"pod": {"a-0"}}}
		} else {
			review.Status.Error = "[invalid bearer token]"
		}
		_ = json.NewEncoder(w).Encode(review)
	case rightsPath:
		s.rights.Add(1)
		var review authorizationv1.SubjectAccessReview
		_ = json.NewDecoder(r.Body).Decode(&review)
		s.last.Store(&review.Spec)
		about := review.Spec.NonResourceAttributes
		review.Status.Allowed = about != nil && *about == authorizationv1.NonResourceAttributes{Path: "/ring", Verb: "get"}
		_ = json.NewEncoder(w).Encode(review)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// ask sends a request through a gate, and returns the answer. Whoever gets in must have
// left the token at the gate.
func ask(t *testing.T, g *Gate, method, path, authorization string) *httptest.ResponseRecorder {
	t.Helper()
	var left string
	handler := g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		left = r.Header.Get("Authorization")
		w.WriteHeader(http.StatusTeapot)
	}))
	request := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	require.Empty(t, left)
	return recorder
}

// TestGate: who is let in, and what the others are told.
func TestGate(t *testing.T) {
	cases := map[string]struct {
		reason, method, path, authorization string
		// broken is what the API server does not answer.
		broken string
		status int
		says   string
	}{
		"Allowed":       {"the right is there", "GET", "/ring?scope=self", "Bearer good", "", http.StatusTeapot, ""},
		"NoToken":       {"nobody is let in unknown", "GET", "/ring", "", "", http.StatusUnauthorized, "A bearer token is needed here: the header Authorization, with Bearer and the token.\n"},
		"Password":      {"it is no token", "GET", "/ring", "Basic YTpi", "", http.StatusUnauthorized, "A bearer token is needed here: the header Authorization, with Bearer and the token.\n"},
		"Empty":         {"a variable that is not set", "GET", "/ring", "Bearer ", "", http.StatusUnauthorized, "A bearer token is needed here: the header Authorization, with Bearer and the token.\n"},
		"BadToken":      {"it is wrong, and the API server is well", "GET", "/ring", "Bearer bad", "", http.StatusUnauthorized, "The API server does not accept this bearer token. It may have expired.\n"},
		"OtherPath":     {"a right is for one path", "GET", "/metrics", "Bearer good", "", http.StatusForbidden, "\"ali\" may not get /metrics: a ClusterRole has to list it in nonResourceURLs, with this verb.\n"},
		"OtherVerb":     {"and for one verb", "PUT", "/ring", "Bearer good", "", http.StatusForbidden, "\"ali\" may not put /ring: a ClusterRole has to list it in nonResourceURLs, with this verb.\n"},
		"TokensBroken":  {"nobody gets in unknown", "GET", "/ring", "Bearer good", tokensPath, http.StatusServiceUnavailable, "The API server cannot be asked whose token this is. Try again.\n"},
		"RightsBroken":  {"nor unasked", "GET", "/ring", "Bearer good", rightsPath, http.StatusServiceUnavailable, "The API server cannot be asked what you may do. Try again.\n"},
		"NoTokenBroken": {"there is nothing to ask", "GET", "/ring", "", tokensPath, http.StatusUnauthorized, "A bearer token is needed here: the header Authorization, with Bearer and the token.\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.broken.Store(tc.broken)
			g, err := New(s.config, zap.NewNop())
			require.NoError(t, err)
			answer := ask(t, g, tc.method, tc.path, tc.authorization)
			require.Equal(t, tc.status, answer.Code, tc.reason)
			require.Equal(t, tc.says, answer.Body.String(), tc.reason)
			require.Equal(t, tc.status == http.StatusUnauthorized, answer.Header().Get("WWW-Authenticate") == "Bearer", tc.reason)
		})
	}
}

// TestGateRemembers: what the API server has said counts for a while, and that it did
// not answer does not. It is told all that it had said of who asks.
func TestGateRemembers(t *testing.T) {
	s := newServer(t)
	g, err := New(s.config, zap.NewNop())
	require.NoError(t, err)
	s.broken.Store(tokensPath)
	require.Equal(t, http.StatusServiceUnavailable, ask(t, g, "GET", "/ring", "Bearer good").Code)
	s.broken.Store("")
	for range 3 {
		require.Equal(t, http.StatusTeapot, ask(t, g, "GET", "/ring", "Bearer good").Code)
		require.Equal(t, http.StatusUnauthorized, ask(t, g, "GET", "/ring", "Bearer bad").Code)
	}
	require.Equal(t, []int64{2, 1}, []int64{s.tokens.Load(), s.rights.Load()}, "each token and each right once")
	asked := s.last.Load()
	require.Equal(t, "ali", asked.User)
	require.Equal(t, []string{"staff"}, asked.Groups)
	require.Equal(t, map[string]authorizationv1.ExtraValue{"pod": {"a-0"}}, asked.Extra)
}

// TestToken: the token by which the API server knows a replica.
func TestToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("from the file\n"), 0o600))
	cases := map[string]struct {
		reason    string
		config    rest.Config
		want, err string
	}{
		"File":    {"as in a pod, where it is rotated", rest.Config{BearerTokenFile: file, BearerToken: "old"}, "from the file", ""},
		"Inline":  {"as in a kubeconfig", rest.Config{BearerToken: "inline"}, "inline", ""},
		"None":    {"an administrator's kubeconfig", rest.Config{}, "", "this replica has no token of its own: it reaches Kubernetes by something else, such as a client certificate"},
		"Missing": {"a file that is gone", rest.Config{BearerTokenFile: file + "x"}, "", "no such file or directory"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Token(&tc.config)()
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err, tc.reason)
				return
			}
			require.NoError(t, err, tc.reason)
			require.Equal(t, tc.want, got, tc.reason)
		})
	}
}
