package exposition

import (
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCRCOfConcatenation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 3000)).Draw(t, "parts")
		var whole []byte
		var combined uint32
		for _, part := range parts {
			whole = append(whole, part...)
			combined = crcAppend(combined, crc32.ChecksumIEEE(part), crcShift(len(part)))
		}
		require.Equal(t, crc32.ChecksumIEEE(whole), combined)
	})
}

func TestCRCShiftOfLargeLengths(t *testing.T) {
	for _, n := range []int{0, 1, 1 << 10, 1<<31 + 7, 1 << 40} {
		require.Equal(t, crcMultiply(crcShift(n), crcByte), crcShift(n+1), "one byte more than %d", n)
	}
}
