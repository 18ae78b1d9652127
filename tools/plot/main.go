// Command plot draws a curve of two columns of CSV as SVG, with logarithmic axes:
//
//	plot <curve.csv >curve.svg
//
// The first line names the columns. A dashed line shows what linear growth from the
// first point would be.
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

// The drawing's size and the margins around the curve, in pixels.
const (
	width, height = 640, 400
	left, right   = 80, 24
	top, bottom   = 24, 56
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	c, err := read(in)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, c.svg())
	return err
}

// curve is what is drawn.
type curve struct {
	xName, yName string
	x, y         []float64
}

func read(in io.Reader) (curve, error) {
	lines, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return curve{}, fmt.Errorf("cannot read the curve: %w", err)
	}
	if len(lines) < 3 || len(lines[0]) != 2 {
		return curve{}, errors.New("cannot read the curve: want two columns, a line of names and two points")
	}
	c := curve{xName: lines[0][0], yName: lines[0][1]}
	for _, line := range lines[1:] {
		x, errX := strconv.ParseFloat(line[0], 64)
		y, errY := strconv.ParseFloat(line[1], 64)
		if err := errors.Join(errX, errY); err != nil || x <= 0 || y <= 0 {
			return curve{}, fmt.Errorf("cannot read the point %q: want positive numbers", line)
		}
		c.x, c.y = append(c.x, x), append(c.y, y)
	}
	return c, nil
}

// axis maps values to pixels, from a power of ten to another one.
type axis struct {
	low, high  float64 // powers
	from, upTo float64 // pixels
}

func newAxis(values []float64, from, upTo float64) axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, math.Floor(math.Log10(v))), max(high, math.Ceil(math.Log10(v)))
	}
	if low == high {
		high++
	}
	return axis{low, high, from, upTo}
}

func (a axis) at(v float64) float64 {
	return a.from + (math.Log10(v)-a.low)/(a.high-a.low)*(a.upTo-a.from)
}

// style is readable on white and on black.
const style = `.bg{fill:#ffffff} text{fill:#1f2328} .grid{stroke:#d0d7de}
.linear{stroke:#8c959f;stroke-dasharray:5 4;fill:none} .curve{stroke:#0969da;stroke-width:2;fill:none} .point{fill:#0969da}
@media (prefers-color-scheme:dark){
.bg{fill:#0d1117} text{fill:#e6edf3} .grid{stroke:#30363d} .curve{stroke:#58a6ff} .point{fill:#58a6ff}
}
`

// svg draws the curve, and what it would be if it were linear.
func (c curve) svg() string {
	last := len(c.x) - 1
	linear := c.y[0] * c.x[last] / c.x[0]
	x := newAxis(c.x, left, width-right)
	y := newAxis(append([]float64{linear}, c.y...), height-bottom, top)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t" font-family="sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, "<title id=\"t\">%s by %s</title>\n<style>\n%s</style>\n", escape(c.yName), escape(c.xName), style)
	fmt.Fprintf(&b, `<rect class="bg" width="%d" height="%d"/>`+"\n", width, height)
	for p := x.low; p <= x.high; p++ {
		at := x.at(math.Pow(10, p))
		fmt.Fprintf(&b, `<path d="M%.1f %d V%d" class="grid"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			at, top, height-bottom, at, height-bottom+18, power(p))
	}
	for p := y.low; p <= y.high; p++ {
		at := y.at(math.Pow(10, p))
		fmt.Fprintf(&b, `<path d="M%d %.1f H%d" class="grid"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			left, at, width-right, left-6, at+4, power(p))
	}
	fmt.Fprintf(&b, `<path class="linear" d="M%.1f %.1f L%.1f %.1f"/>`+"\n",
		x.at(c.x[0]), y.at(c.y[0]), x.at(c.x[last]), y.at(linear))
	b.WriteString(`<path class="curve" d="`)
	for i := range c.x {
		fmt.Fprintf(&b, "%c%.1f %.1f ", "ML"[min(i, 1)], x.at(c.x[i]), y.at(c.y[i]))
	}
	b.WriteString(`"/>` + "\n")
	for i := range c.x {
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" class="point"/>`+"\n", x.at(c.x[i]), y.at(c.y[i]))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (left+width-right)/2, height-14, escape(c.xName))
	fmt.Fprintf(&b, `<text transform="translate(18 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", (top+height-bottom)/2, escape(c.yName))
	b.WriteString("</svg>\n")
	return b.String()
}

// power returns a power of ten as people write it.
func power(p float64) string {
	units := map[float64]string{0: "1", 1: "10", 2: "100", 3: "1k", 4: "10k", 5: "100k", 6: "1M", 7: "10M"}
	if text, ok := units[p]; ok {
		return text
	}
	return strconv.FormatFloat(math.Pow(10, p), 'g', 3, 64)
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
