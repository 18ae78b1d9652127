package sharding

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMayServe(t *testing.T) {
	cutOff := &State{Epoch: 5}
	behind := &State{Epoch: 4}
	ahead := &State{Epoch: 6}
	inTouch := &State{Epoch: 5, Connected: true}
	cases := map[string]struct {
		reason  string
		answers []*State
		want    bool
	}{
		"Alone":        {"nobody else could take over", []*State{nil}, true},
		"Agreed":       {"nobody has an API server", []*State{nil, cutOff, cutOff}, true},
		"Majority":     {"one is silent", []*State{nil, cutOff, nil}, true},
		"Half":         {"the other half may have an API server", []*State{nil, nil}, false},
		"HalfOfFour":   {"half is not most", []*State{nil, cutOff, nil, nil}, false},
		"MostOfFive":   {"two are silent", []*State{nil, cutOff, cutOff, nil, nil}, true},
		"Minority":     {"three are silent", []*State{nil, cutOff, nil, nil, nil}, false},
		"OneInTouch":   {"it may be the leader", []*State{nil, cutOff, cutOff, cutOff, inTouch}, false},
		"OneAhead":     {"our share may be in newer hands", []*State{nil, cutOff, cutOff, cutOff, ahead}, false},
		"OneBehind":    {"it knows less than we do", []*State{nil, behind, cutOff}, true},
		"NoTableAtAll": {"a replica without a table shows nothing anyhow", nil, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, mayServe(State{Epoch: 5}, tc.answers), tc.reason)
		})
	}
}
