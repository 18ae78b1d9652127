package query

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTypes(t *testing.T) {
	for typ := Bool; typ <= TimeSpan; typ++ {
		parsed, err := ParseType(typ.String())
		require.NoError(t, err)
		require.Equal(t, typ, parsed)
	}
	for alias, want := range map[string]Type{"boolean": Bool, "date": DateTime, "uuid": GUID, "uniqueid": GUID, "double": Real, "time": TimeSpan} {
		parsed, err := ParseType(alias)
		require.NoError(t, err)
		require.Equal(t, want, parsed, alias)
	}
	_, err := ParseType("SByte")
	require.EqualError(t, err, `unknown Kusto type "SByte"`)
	require.Equal(t, "Type(0)", Type(0).String())
	require.Equal(t, "Type(99)", Type(99).String())
}

// TestTicks: a tick is 100 ns, counted from the first day of the year 1, over all
// of Kusto's range.
func TestTicks(t *testing.T) {
	require.Equal(t, int64(0), Ticks(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)))
	require.Equal(t, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), Time(0))
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_900, time.UTC)
	require.Equal(t, last, Time(Ticks(last)))
	require.Equal(t, int64(1), Ticks(time.Date(1, 1, 1, 0, 0, 0, 199, time.UTC)), "a part of a tick is cut")
	rapid.Check(t, func(t *rapid.T) {
		ticks := rapid.Int64Range(0, Ticks(last)).Draw(t, "ticks")
		require.Equal(t, ticks, Ticks(Time(ticks)))
		if ns, ok := UnixNano(ticks); ok {
			require.Equal(t, Time(ticks), time.Unix(0, ns).UTC())
		}
	})
}

func TestUnixNanoHasLimits(t *testing.T) {
	for _, year := range []int{1, 1677, 2263, 9999} {
		_, ok := UnixNano(Ticks(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)))
		require.False(t, ok, year)
	}
	ns, ok := UnixNano(Ticks(time.Unix(0, math.MaxInt64)))
	require.True(t, ok)
	require.Equal(t, int64(math.MaxInt64/100*100), ns)
}

func TestErrors(t *testing.T) {
	cause := errors.New("connection reset")
	err := fmt.Errorf("window: %w", &Error{Class: Missing, Code: "SEM0100", Message: "No such column.", Err: cause})
	require.EqualError(t, err, "window: Missing: No such column. (SEM0100)")
	require.ErrorIs(t, err, cause)
	require.Equal(t, Missing, ClassOf(err))
	require.Equal(t, Transient, ClassOf(cause), "a window is never given up for a reason nobody knows")
	require.EqualError(t, &Error{Class: Throttled, Message: "Busy."}, "Throttled: Busy.")
	seen := map[string]bool{}
	for class := Aborted; class <= Permanent; class++ {
		require.NotContains(t, class.String(), "Class(")
		seen[class.String()] = true
	}
	require.Len(t, seen, int(Permanent))
	require.Equal(t, "Class(0)", Class(0).String())
}
