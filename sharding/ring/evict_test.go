package ring

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEvict(t *testing.T) {
	const dead = 10 * time.Second
	suspects := func(names ...string) []Suspect {
		var list []Suspect
		for i, name := range names {
			list = append(list, Suspect{Name: name, Silent: dead + time.Duration(len(names)-i)*time.Second})
		}
		return list
	}
	cases := map[string]struct {
		reason   string
		members  int
		suspects []Suspect
		since    time.Duration
		want     []string
	}{
		"Nobody":          {"nobody is silent", 3, nil, time.Hour, nil},
		"OneOfThree":      {"a single dead member goes at once", 3, suspects("a"), 0, []string{"a"}},
		"MinorityOfFive":  {"so do two of five", 5, suspects("b", "a"), 0, []string{"b", "a"}},
		"Pair":            {"the only peer goes at once if nobody went lately", 2, suspects("a"), dead, []string{"a"}},
		"PairAgain":       {"but not twice within the time that makes a suspect", 2, suspects("a"), dead - 1, nil},
		"HalfOfFour":      {"half of them: the longest silent goes first", 4, suspects("c", "b"), dead, []string{"c"}},
		"HalfOfFourAgain": {"and the next one later", 4, suspects("b"), time.Second, []string{"b"}},
		"Most":            {"more than half", 5, suspects("d", "c", "b"), dead, []string{"d"}},
		"MostAgain":       {"one at a time", 5, suspects("c", "b", "a"), dead / 2, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := Evict(EvictInput{Members: tc.members, Suspects: tc.suspects, Since: tc.since, Dead: dead})
			require.Equal(t, tc.want, got, tc.reason)
		})
	}
}
