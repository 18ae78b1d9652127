package kusto

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestPlainLen: eight bytes at a time find what one at a time finds.
func TestPlainLen(t *testing.T) {
	// The neighbours of what ends a string, and what has its low bits or its high one.
	edges := []byte{0, 1, ' ' - 1, ' ', '!', '"', '#', '[', '\\', ']', 0x7f, 0x80, 0x81, 0xa0, 0xa2, 0xdc, 0xff, 'a', 'b', 'c'}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom(edges), 0, 40).Draw(t, "text")
		wantN, wantASCII := len(text), true
		for i, c := range text {
			if c == '"' || c == '\\' || c < ' ' {
				wantN = i
				break
			}
			wantASCII = wantASCII && c < 0x80
		}
		n, ascii := plainLen(text)
		require.Equal(t, wantN, n)
		require.Equal(t, wantASCII, ascii)
	})
}
