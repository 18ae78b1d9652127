package exposition

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSegmentKeepsItsText(t *testing.T) {
	var c codec
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.ByteRange('a', 'f'), 0, 5000).Draw(t, "text")
		s := c.deflate(text)
		require.Equal(t, string(text), string(c.inflate(s)))
		require.Nil(t, s.inflated.Load(), "inflate does not keep the text")
		require.Equal(t, string(text), string(c.text(s)))
		require.Equal(t, string(text), string(c.text(s)), "the kept text")
		require.NotNil(t, s.inflated.Load())
	})
}

func TestSegmentOfBrokenBytesPanics(t *testing.T) {
	var c codec
	s := c.deflate([]byte(strings.Repeat("text", 100)))
	s.deflated = s.deflated[:len(s.deflated)/2]
	require.Panics(t, func() { c.text(s) })
	require.Nil(t, s.inflated.Load())
}
