package exposition

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
)

// TestSample: the first lines that a scrape shows of an exporter, and no others.
func TestSample(t *testing.T) {
	served := true
	s := NewStore(Options{Now: func() time.Time { return windowEnd }, Serve: func(types.NamespacedName) bool { return served }}, nil)
	older, younger := delivery("older", mixed(t, "older", 1)), delivery("younger", series(t, "b", 30, 1))
	require.NoError(t, s.Deliver(t.Context(), older))
	require.NoError(t, s.Deliver(t.Context(), younger))
	key := younger.Source.NamespacedName
	require.Equal(t, 30, s.Shown(key))
	require.Equal(t, s.Shown(key)+s.Shown(older.Source.NamespacedName), s.Total())
	sample := s.Sample(key, 20)
	require.Len(t, sample, 20)
	scraped := string(s.codec.inflate(s.exporters[key].chunks[0].shown[formatText]))
	require.True(t, strings.HasPrefix(scraped, strings.Join(sample, "\n")+"\n"), "they are the first lines of a scrape")
	require.Len(t, s.Sample(key, 100), 30)
	require.Len(t, s.Sample(older.Source.NamespacedName, 1), 1, "the limit is over all families")
	require.Empty(t, s.Sample(types.NamespacedName{Name: "nobody"}, 20))
	require.Zero(t, s.Shown(types.NamespacedName{Name: "nobody"}))

	served = false
	require.Zero(t, s.Total())
	require.Empty(t, s.Sample(key, 20), "what is not shown is no sample")
	require.Zero(t, s.Shown(key))
}
