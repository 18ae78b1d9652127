package exposition

// The CRC-32 of gzip is a polynomial over GF(2), taken modulo P. Appending n
// bytes to a text multiplies its CRC by x^(8n); so the CRC of two texts, one
// after the other, follows from their own CRCs and the length of the second.

const (
	// crcPolynomial is P, bit-reversed: bit 31 is the coefficient of x^0.
	crcPolynomial uint32 = 0xedb88320
	// crcOne is the polynomial 1, crcByte is x^8.
	crcOne  uint32 = 1 << 31
	crcByte uint32 = 1 << (31 - 8)
)

// crcShift returns x^(8n) mod P: what n more bytes multiply a CRC by.
func crcShift(n int) uint32 {
	shift, square := crcOne, crcByte
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			shift = crcMultiply(shift, square)
		}
		square = crcMultiply(square, square)
	}
	return shift
}

// crcMultiply returns a*b mod P.
func crcMultiply(a, b uint32) uint32 {
	var product uint32
	for bit := crcOne; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		b = b>>1 ^ crcPolynomial&-(b&1)
	}
	return product
}

// crcAppend returns the CRC of a text followed by one that has the CRC next and
// the given shift.
func crcAppend(crc, next, shift uint32) uint32 {
	return crcMultiply(crc, shift) ^ next
}
