package offline

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParsePlace(t *testing.T) {
	t.Parallel()
	good := map[string]Place{
		"Events":                                       {Name: "Events"},
		"['My events.v1']":                             {Name: "My events.v1"},
		"Telemetry.Events":                             {Database: "Telemetry", Name: "Events"},
		`database("Telemetry").Events`:                 {Database: "Telemetry", Name: "Events"},
		"cluster('east').Telemetry.Events":             {Cluster: "east", Database: "Telemetry", Name: "Events"},
		"cluster('east').database('Telemetry').Events": {Cluster: "east", Database: "Telemetry", Name: "Events"},
	}
	for text, want := range good {
		got, err := parsePlace(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", ".", "Events.", ".Events", "a.b.c", "cluster('east')", "cluster('east').Events", "cluster('east').database('T')",
		"database('T')", "database(T).Events", "database('T'", "cluster('a').cluster('b').Events", "table('T').Events", "T Events", "'Events'", "database('T).Events",
	} {
		_, err := parsePlace(text)
		require.ErrorContains(t, err, "write it as the query does", text)
	}
}

func FuzzParsePlace(f *testing.F) {
	f.Add("cluster('east').database('Telemetry').Events")
	f.Add("['a'].b")
	f.Fuzz(func(t *testing.T, text string) {
		place, err := parsePlace(text)
		if err == nil && place.Cluster != "" && place.Database == "" {
			t.Fatalf("%q names a cluster but no database: %+v", text, place)
		}
	})
}
