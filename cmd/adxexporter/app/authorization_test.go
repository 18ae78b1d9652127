package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/rest"

	"github.com/adx-mon/adxexporter/executor/roster"
	"github.com/adx-mon/adxexporter/sharding"
)

// reviews are an API server that answers questions about tokens and rights, and no
// others: a token is its owner's name, and reader may get everything.
type reviews struct{ away atomic.Bool }

func (v *reviews) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case v.away.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case strings.HasSuffix(r.URL.Path, "/tokenreviews"):
		var review authenticationv1.TokenReview
		_ = json.NewDecoder(r.Body).Decode(&review)
		review.Status = authenticationv1.TokenReviewStatus{Authenticated: true, User: authenticationv1.UserInfo{Username: review.Spec.Token}}
		_ = json.NewEncoder(w).Encode(review)
	case strings.HasSuffix(r.URL.Path, "/subjectaccessreviews"):
		var review authorizationv1.SubjectAccessReview
		_ = json.NewDecoder(r.Body).Decode(&review)
		review.Status.Allowed = review.Spec.User == "reader" && review.Spec.NonResourceAttributes.Verb == "get"
		_ = json.NewEncoder(w).Encode(review)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// TestAuthorization: the telemetry port answers whom the API server lets in, and nobody
// while that cannot be asked. What the kubelet and the ring need is open all the same.
func TestAuthorization(t *testing.T) {
	server := &reviews{}
	backend := httptest.NewServer(server)
	defer backend.Close()
	level := zap.NewAtomicLevel()
	opts, err := parseRun(t, []string{"--telemetry.listen-address=127.0.0.1:0", "--web.listen-address=127.0.0.1:0", "--pod-namespace=ns"}).options(&logs{})
	require.NoError(t, err)
	opts.LogLevel, opts.Access.Authorization = &level, true
	opts.KubeConfig = &rest.Config{Host: backend.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}
	a, err := New(t.Context(), opts)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.abandon(t.Context(), nil)) }()
	ask := func(method, path, token string) int {
		request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(`{"level":"debug"}`))
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		recorder := httptest.NewRecorder()
		a.telemetry.http.Handler.ServeHTTP(recorder, request)
		return recorder.Code
	}
	guarded := []string{
		"/", "/metrics", "/exporters", "/exporters/ns/name", "/ring", "/targets", "/static/style.css", "/nothing",
		"/debug/loglevel", "/debug/pprof/", "/debug/pprof/cmdline", "/ring/v1", "/ring/v1/state/", "/healthz/", "/readyz/x",
	}
	for _, path := range guarded {
		require.Equal(t, http.StatusUnauthorized, ask("GET", path, ""), path)
		require.Equal(t, http.StatusForbidden, ask("GET", path, "stranger"), path)
		require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, ask("GET", path, "reader"), path)
	}
	require.Equal(t, http.StatusForbidden, ask("PUT", "/debug/loglevel", "reader"), "to read is not to change")
	require.Equal(t, zap.InfoLevel, level.Level())

	server.away.Store(true)
	require.Equal(t, http.StatusServiceUnavailable, ask("GET", "/metrics", "somebody"))
	open := map[string]int{
		"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable,
		sharding.StatePath: http.StatusOK, roster.Path: http.StatusBadRequest,
	}
	for path, want := range open {
		require.Equal(t, want, ask("GET", path, ""), path)
	}
}
