// Package authz puts a port behind the API server's authentication and authorization:
// a TokenReview says whose bearer token a request has, a SubjectAccessReview whether
// they may use its method on its path. It also knows the token that a replica shows
// where others do the same.
//
// The parts are those of k8s.io/apiserver; here is what is answered when they say no.
// The package decides nothing itself, keeps answers of the API server for a minute and
// no token, never lets anybody in while the API server does not answer, and logs no
// token. Tokens are safe only over TLS, which cmd/adxexporter/app sees to.
package authz
