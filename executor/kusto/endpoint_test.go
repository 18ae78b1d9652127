package kusto

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseEndpoints(t *testing.T) {
	cases := map[string]struct {
		in   string
		want []Endpoint
		err  string
	}{
		"One":              {"DB=https://c.kusto.windows.net", []Endpoint{{"DB", "https://c.kusto.windows.net"}}, ""},
		"Two":              {"A=http://a:8080, B=https://b/path", []Endpoint{{"A", "http://a:8080"}, {"B", "https://b/path"}}, ""},
		"EqualsInURL":      {"DB=https://c/p?x=y==&z=1", []Endpoint{{"DB", "https://c/p?x=y==&z=1"}}, ""},
		"IPv6":             {"DB=http://[::1]:8080", []Endpoint{{"DB", "http://[::1]:8080"}}, ""},
		"Empty":            {" , ", nil, ""},
		"NoEquals":         {"DB", nil, `cannot read endpoint: want DATABASE=URL, found no "="`},
		"NoDatabase":       {"=https://c", nil, "cannot read endpoint: want DATABASE=URL, the database is empty"},
		"NoURL":            {"DB=", nil, `cannot read endpoint of database "DB": the URL must begin with https:// or http://`},
		"BadURL":           {"DB=https://c:x", nil, `cannot read endpoint of database "DB": the URL is not valid`},
		"OtherScheme":      {"DB=ftp://c", nil, `cannot read endpoint of database "DB": the URL must begin with https:// or http://`},
		"NoHost":           {"DB=https:///x", nil, `cannot read endpoint of database "DB": the URL has no valid host name`},
		"Password":         {"DB=https://u:s3cret@c", nil, `cannot read endpoint of database "DB": the URL must not contain a user or password`},
		"Fragment":         {"DB=https://c#x", nil, `cannot read endpoint of database "DB": the URL must not contain a fragment`},
		"ConnectionString": {"Data Source=https://c;AppKey=s3cret=", nil, "cannot read endpoint: it is a connection string"},
		"AfterDatabase":    {"DB=Data Source=https://c;Application Key=s3cret", nil, "cannot read endpoint: it is a connection string"},
		"Keyword":          {"data source=https://c", nil, "cannot read endpoint: it is a connection string"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := ParseEndpoints(tc.in)
			require.Equal(t, tc.want, got)
			if tc.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.err)
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

func TestNewRefuses(t *testing.T) {
	good := Endpoint{"DB", "http://127.0.0.1:1"}
	cases := map[string]struct {
		endpoints []Endpoint
		options   Options
		want      string
	}{
		"BadURL":          {[]Endpoint{{"DB", "x"}}, Options{}, `cannot use endpoint of database "DB"`},
		"TwoURLs":         {[]Endpoint{good, {"DB", "http://other"}}, Options{}, `cannot use two endpoints for database "DB"`},
		"BadHost":         {[]Endpoint{good}, Options{TrustedHosts: []string{"http://x"}}, `cannot trust host "http://x"`},
		"BadWildcard":     {[]Endpoint{good}, Options{TrustedHosts: []string{"*x"}}, `cannot trust host "*x"`},
		"TrustEverything": {[]Endpoint{good}, Options{TrustedHosts: []string{"*"}}, `cannot trust host "*"`},
		"BadKind":         {[]Endpoint{{"DB", "https://c"}}, Options{Auth: Auth{Kind: "magic"}}, `cannot use Kusto credential "magic"`},
		"NoWorkload":      {[]Endpoint{{"DB", "https://c"}}, Options{Auth: Auth{Kind: AuthWorkloadIdentity}}, `cannot use Kusto credential "workload-identity"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, v := range []string{"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"} {
				t.Setenv(v, "")
			}
			_, err := New(tc.endpoints, tc.options)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestOneClusterForAllItsDatabases(t *testing.T) {
	p, err := New([]Endpoint{{"B", "http://x"}, {"A", "http://x"}, {"A", "http://x"}, {"C", "http://y"}}, Options{})
	require.NoError(t, err)
	defer p.Close()
	require.Equal(t, []string{"A", "B", "C"}, p.Databases())
	require.Same(t, p.byName["A"], p.byName["B"])
	require.Equal(t, []State{
		{URL: "http://x", Databases: []string{"A", "B"}, Limit: DefaultMaxConcurrent},
		{URL: "http://y", Databases: []string{"C"}, Limit: DefaultMaxConcurrent},
	}, p.States())
}

func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"DB=https://c?x=y", "Data Source=https://c;Key=a==", "=", "DB=http://[::1%25x]", "a=b=c;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEndpoint(s)
		if err != nil {
			return
		}
		again, err := ParseEndpoint(e.Database + "=" + e.URL)
		require.NoError(t, err)
		require.Equal(t, e, again)
		require.True(t, strings.HasSuffix(strings.TrimSpace(s), e.URL))
		p, err := New([]Endpoint{e}, Options{Auth: Auth{Kind: AuthNone}})
		require.NoError(t, err, "what parses can be used")
		p.Close()
	})
}
