package page

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// none stands where there is nothing to say.
const none = "–"

// brief returns a length of time in at most two units: 350 ms, 4.2 s, 3 min 5 s, 2 d 3 h.
func brief(d time.Duration) string {
	switch {
	case d < 0:
		return none
	case d < time.Millisecond:
		return "< 1 ms"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return two(int(d.Minutes()), "min", int(d.Seconds())%60, "s")
	case d < 24*time.Hour:
		return two(int(d.Hours()), "h", int(d.Minutes())%60, "min")
	}
	return two(int(d.Hours())/24, "d", int(d.Hours())%24, "h")
}

func two(a int, unitA string, b int, unitB string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, unitA)
	}
	return fmt.Sprintf("%d %s %d %s", a, unitA, b, unitB)
}

// rough is brief without the second unit, for times that nobody needs exactly.
func rough(d time.Duration) string {
	if d < 10*time.Second {
		return strconv.Itoa(int(d.Seconds())) + " s"
	}
	parts := strings.Fields(brief(d))
	return parts[0] + " " + parts[1]
}

// relative returns a time as seen from now.
func relative(t, now time.Time) string {
	switch {
	case t.IsZero():
		return none
	case t.Sub(now) >= time.Second:
		return "in " + rough(t.Sub(now))
	case now.Sub(t) < time.Second:
		return "now"
	}
	return rough(now.Sub(t)) + " ago"
}

// stamp returns a time in UTC, to the second.
func stamp(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// clockTime is the time of day in UTC.
func clockTime(t time.Time) string { return t.UTC().Format(time.TimeOnly) }

// window returns a window as people write it; the day of the end only if it is
// another one.
func window(start, end time.Time) string {
	start, end = start.UTC(), end.UTC()
	if start.Truncate(24 * time.Hour).Equal(end.Truncate(24 * time.Hour)) {
		return stamp(start) + " – " + clockTime(end)
	}
	return stamp(start) + " – " + stamp(end)
}

// number returns n with thin spaces between its thousands.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	first := len(digits) % 3
	if n < 0 {
		first = (len(digits)-1)%3 + 1
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && i%3 == first%3 && digits[i-1] != '-' {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// memory returns an amount of memory.
func memory(n int64) string {
	switch {
	case n < 1<<10:
		return number(n) + " B"
	case n < 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<10), 'f', 1, 64) + " KiB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
}

// percent returns a share.
func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + " %" }

// count returns how many there are, with the noun and the verb that go with it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(int64(n)) + " " + many
}

// Text that may have come from outside is cut here.
const maxText = 2048

// secrets are what credentials look like in a text that somebody else has written.
var secrets = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`://[^/\s"'@]*@`), "://…@"},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}`), "$1 …"},
	{regexp.MustCompile(`(?i)([?&;](?:sig|signature|token|access_token|api_?key|key|code|secret|password|pwd)=)[^&\s"'<>;]+`), "${1}…"},
}

// Clean returns a text without what looks like a credential, and not too long. What
// the module says itself has none; an error may quote a server or a URL.
func Clean(text string) string {
	for _, s := range secrets {
		text = s.pattern.ReplaceAllString(text, s.with)
	}
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}
