package ring

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWeigh(t *testing.T) {
	cases := map[string]struct {
		reason    string
		exporters map[string]float64
		want      map[string]float64 // of the partitions of these keys
	}{
		"Known":   {"costs are relative to their mean", map[string]float64{"a/a": 1, "a/b": 3}, map[string]float64{"a/a": 0.5, "a/b": 1.5}},
		"Unknown": {"one that has not run counts like the mean", map[string]float64{"a/a": 2, "a/b": 6, "a/c": 0}, map[string]float64{"a/a": 0.5, "a/b": 1.5, "a/c": 1}},
		"AllNew":  {"nobody has run yet", map[string]float64{"a/a": 0, "a/b": 0}, map[string]float64{"a/a": 1, "a/b": 1}},
		"None":    {"no exporters, no weight", nil, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := make([]float64, 4096)
			for key, weight := range tc.want {
				want[Partition(key, 4096)] += weight
			}
			require.Equal(t, want, Weigh(maps.All(tc.exporters), 4096), tc.reason)
		})
	}
}
