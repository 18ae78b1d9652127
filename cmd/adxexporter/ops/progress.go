package ops

import (
	"fmt"
	"io"
	"strings"
)

// barWidth is how many characters a bar has.
const barWidth = 30

// progress shows how much of something is done: a bar that is written over on a
// terminal, and elsewhere a line for every tenth.
type progress struct {
	out      io.Writer
	terminal bool
	name     string
	// told is the tenth that was said last, from 1.
	told int64
	open bool
}

// show shows that some of all is done. Nothing is known yet of no windows.
func (p *progress) show(done, all int64) {
	if all == 0 {
		return
	}
	percent := 100 * done / all
	if p.terminal {
		filled := int(barWidth * done / all)
		_, _ = fmt.Fprintf(p.out, "\r%s [%s%s] %3d %% %d of %d windows",
			p.name, strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), percent, done, all)
		p.open = true
		return
	}
	if tenth := percent/10 + 1; tenth > p.told {
		p.told = tenth
		_, _ = fmt.Fprintf(p.out, "%3d %%  %d of %d windows\n", percent, done, all)
	}
}

// end ends the line of a bar.
func (p *progress) end() {
	if p.open {
		_, _ = fmt.Fprintln(p.out)
	}
}
