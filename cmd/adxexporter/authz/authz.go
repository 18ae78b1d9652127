package authz

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	"k8s.io/apiserver/pkg/authentication/token/cache"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/plugin/pkg/authorizer/webhook"
	"k8s.io/apiserver/plugin/pkg/authorizer/webhook/metrics"
	authentication "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorization "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
)

// An answer of the API server counts for a minute, and one that somebody may not for
// ten seconds, so that a right that has just been given is soon there. A question takes
// askTimeout at most, and there are perSecond of them: whoever reaches the port can have
// the API server asked.
const (
	knownFor   = time.Minute
	refusedFor = 10 * time.Second
	askTimeout = 5 * time.Second
	perSecond  = 20
)

// Gate lets those in who may. Create it with New.
type Gate struct {
	authenticate authenticator.Request
	authorize    authorizer.Authorizer
	log          *zap.Logger
}

// New returns a gate that asks the API server of config.
func New(config *rest.Config, log *zap.Logger) (*Gate, error) {
	config = rest.CopyConfig(config)
	config.Timeout, config.QPS, config.Burst = askTimeout, perSecond, 2*perSecond
	tokens, err := authentication.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the client for TokenReviews: %w", err)
	}
	access, err := authorization.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the client for SubjectAccessReviews: %w", err)
	}
	once := wait.Backoff{Steps: 1} // whoever asks tries again
	rights, err := webhook.NewFromInterface(access, knownFor, refusedFor, once, authorizer.DecisionDeny, metrics.NoopAuthorizerMetrics{}, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot set up SubjectAccessReviews: %w", err)
	}
	known := cache.New(reviewer{tokens.TokenReviews()}, false, knownFor, refusedFor)
	return &Gate{authenticate: bearertoken.New(known), authorize: rights, log: log}, nil
}

// Handler returns a handler that asks next only for those who may.
func (g *Gate) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refusal := g.check(r); refusal != nil {
			refusal.answer(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refusal is why somebody is not let in.
type refusal struct {
	status   int
	sentence string
}

func (f *refusal) answer(w http.ResponseWriter) {
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, f.sentence, f.status)
}

// check returns nil for those who may. It takes the token away from the request.
func (g *Gate) check(r *http.Request) *refusal {
	who, ok, err := g.authenticate.AuthenticateRequest(r)
	switch _, away := errors.AsType[*awayError](err); {
	case away:
		g.log.Warn("a token could not be reviewed", zap.Error(err))
		return &refusal{http.StatusServiceUnavailable, "The API server cannot be asked whose token this is. Try again."}
	case err != nil:
		return &refusal{http.StatusUnauthorized, "The API server does not accept this bearer token. It may have expired."}
	case !ok:
		return &refusal{http.StatusUnauthorized, "A bearer token is needed here: the header Authorization, with Bearer and the token."}
	}
	verb := strings.ToLower(r.Method)
	attributes := authorizer.AttributesRecord{User: who.User, Verb: verb, Path: r.URL.Path}
	decision, _, err := g.authorize.Authorize(r.Context(), attributes)
	switch {
	case err != nil:
		g.log.Warn("a right could not be reviewed", zap.String("user", who.User.GetName()), zap.Error(err))
		return &refusal{http.StatusServiceUnavailable, "The API server cannot be asked what you may do. Try again."}
	case decision != authorizer.DecisionAllow:
		return &refusal{http.StatusForbidden, fmt.Sprintf("%q may not %s %s: a ClusterRole has to list it in nonResourceURLs, with this verb.", who.User.GetName(), verb, r.URL.Path)}
	}
	return nil
}

// reviewer asks whose a token is.
type reviewer struct {
	reviews authentication.TokenReviewInterface
}

// awayError means that there is no answer, neither yes nor no.
type awayError struct{ cause error }

func (e *awayError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *awayError) Unwrap() error { return e.cause }

// AuthenticateToken implements authenticator.Token. A token that is nobody's is no
// error.
func (v reviewer) AuthenticateToken(ctx context.Context, token string) (*authenticator.Response, bool, error) {
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}
	answer, err := v.reviews.Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return nil, false, &awayError{err}
	}
	if !answer.Status.Authenticated {
		return nil, false, nil
	}
	who := answer.Status.User
	extra := map[string][]string{}
	for key, values := range who.Extra {
		extra[key] = values
	}
	return &authenticator.Response{User: &user.DefaultInfo{Name: who.Username, UID: who.UID, Groups: who.Groups, Extra: extra}}, true, nil
}
