package page

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "take the pictures in docs/images anew")

// every is each page, by the name of its picture.
var every = map[string]string{
	"replica": "/", "exporters": "/exporters", "exporter": "/exporters/monitoring/inventory-latency",
	"ring": "/ring", "targets": "/targets", "nothing": "/nothing",
}

// contrast returns what can hardly be read: text whose contrast with what is behind
// it is less than 4.5.
const contrast = `
const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
const parse = (text) => text.match(/[\d.]+/g).map(Number);
const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
const poor = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
  const e = node.parentElement;
  if (!node.textContent.trim() || !e.checkVisibility() || e.closest(".unseen, .skip, option")) continue;
  const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) poor.push(ratio.toFixed(2) + " " + node.textContent.trim());
}
return poor;`

// tooWide returns what makes the page wider than what can be seen of it.
const tooWide = `
const most = 375;
if (document.documentElement.scrollWidth <= most) return [];
return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > most && !e.parentElement.closest(".scroll")).map((e) => e.outerHTML.slice(0, 200));`

// TestEveryPage: it loads without a word on the console, asks nobody but the replica,
// can be read in both schemes, and is no wider than a telephone.
func TestEveryPage(t *testing.T) {
	b, base := startBrowser(t), serveNight(t)
	titles := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(every)) {
		b.size(1280, 800)
		b.visit(base + every[name])
		titles[b.text("return document.title")] = true
		for _, scheme := range []string{"dark", "light"} {
			b.scheme(scheme)
			var poor []string
			b.eval(&poor, contrast)
			require.Empty(t, poor, "%s, %s", name, scheme)
		}
		var wide []string
		b.size(375, 800)
		b.eval(&wide, tooWide)
		require.Empty(t, wide, "%s scrolls sideways on a telephone", name)
		for _, line := range b.logged("browser") {
			expected := name == "nothing" && strings.Contains(line, "404 (Not Found)") && strings.Contains(line, every[name])
			require.True(t, expected, "%s: %s", name, line)
		}
		requested := b.requested()
		require.NotEmpty(t, requested)
		for _, url := range requested {
			require.True(t, strings.HasPrefix(url, base+"/"), "%s asks for %s", name, url)
		}
	}
	require.Len(t, titles, len(every), "each page has a title of its own")
}

// focused describes what has the focus: what it is, its name, and whether one sees
// that it has it.
const focused = `
const e = document.activeElement, style = getComputedStyle(e);
const name = e.getAttribute("aria-label") || e.labels?.[0]?.firstChild.textContent || document.getElementById(e.getAttribute("aria-labelledby"))?.textContent || e.textContent;
return [e.tagName.toLowerCase(), name.trim().replace(/\s+/g, " "), style.outlineStyle === "none" ? "unseen" : "seen"].join("|");`

// TestKeyboard: the tabulator goes through a page in the order in which one reads it,
// each stop has a name, and one sees where one is.
func TestKeyboard(t *testing.T) {
	b, base := startBrowser(t), serveNight(t)
	b.size(1280, 800)
	b.visit(base + "/exporters")
	var stops []string
	for range 60 {
		b.press(keyTab)
		stop := strings.Split(b.text(focused), "|")
		require.NotEmpty(t, stop[1], "a stop without a name")
		require.Equal(t, "seen", stop[2], stop)
		stops = append(stops, stop[0]+" "+stop[1])
	}
	require.Equal(t, []string{
		"a Skip to the content", "a Replica", "a Exporters", "a Ring", "a Targets", "input Find", "select State", "button Show",
	}, stops[:8])
	rest := strings.Join(stops[8:], "\n")
	for _, later := range []string{"div Table of exporters", "a State", "a Backlog", "a monitoring/identity-latency", "a adxexporter-0"} {
		at := strings.Index(rest, later)
		require.GreaterOrEqual(t, at, 0, "%s comes after what comes before it: %s", later, rest)
		rest = rest[at:]
	}
	b.visit(base + "/exporters")
	b.press(keyTab + keyEnter + keyTab)
	require.True(t, strings.HasPrefix(b.text(focused), "input|Find"), "the link at the top skips the navigation")
}

// TestFilterWhileTyping: the list follows what one types, without a new page, and the
// focus stays where it is.
func TestFilterWhileTyping(t *testing.T) {
	b, base := startBrowser(t), serveNight(t)
	b.visit(base + "/exporters")
	b.eval(nil, "window.stays = true; document.querySelector('input[type=search]').focus()")
	b.press("billing")
	require.Eventually(t, func() bool {
		return strings.HasPrefix(b.text("return document.getElementById('shown').textContent"), "3 of 28 exporters match")
	}, 20*time.Second, 50*time.Millisecond)
	require.Equal(t, "input|Find|seen", b.text(focused))
	require.Equal(t, "/exporters?q=billing&sort=state", b.text("return location.pathname + location.search"))
	var stays bool
	b.eval(&stays, "return window.stays")
	require.True(t, stays)

	// What keeps itself current can be told not to.
	require.Equal(t, "Refreshes every 10 sPause", b.text("return document.getElementById('refresh').textContent"))
	b.eval(nil, "document.querySelector('#refresh button').click()")
	require.Equal(t, "Refreshes every 10 sRefresh again", b.text("return document.getElementById('refresh').textContent"))
}

// TestWithoutJavaScript: the same can be done, a page at a time.
func TestWithoutJavaScript(t *testing.T) {
	b, base := startBrowser(t), serveNight(t)
	b.cdp("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	for _, name := range slices.Sorted(maps.Keys(every)) {
		b.visit(base + every[name])
		require.NotEmpty(t, b.text("return document.querySelector('h1').textContent"), name)
	}
	b.visit(base + "/exporters")
	require.Equal(t, "true", b.text("return String(document.getElementById('refresh').hidden)"), "it does not say that it refreshes")
	b.press(strings.Repeat(keyTab, 6) + "billing" + keyEnter)
	require.Eventually(t, func() bool { return strings.Contains(b.text("return location.search"), "q=billing") }, 20*time.Second, 50*time.Millisecond)
	require.True(t, strings.HasPrefix(b.text("return document.getElementById('shown').textContent"), "3 of 28 exporters match"))
	require.Equal(t, "billing", b.text("return document.querySelector('input[type=search]').value"))
	require.Contains(t, b.text("return document.querySelector('th[aria-sort=none] a').href"), "q=billing", "the heads of the table keep the filter")
}

// TestPictures takes those of the guide.
func TestPictures(t *testing.T) {
	b, base := startBrowser(t), serveNight(t)
	for name, p := range map[string]struct {
		page, scheme  string
		width, height int
	}{
		"exporters":        {"exporters", "light", 1280, 720},
		"exporters-narrow": {"exporters", "dark", 390, 720},
		"exporter":         {"exporter", "light", 1280, 900},
		"exporter-dark":    {"exporter", "dark", 1280, 900},
		"replica":          {"replica", "dark", 1000, 640},
		"ring":             {"ring", "light", 1280, 760},
		"targets":          {"targets", "light", 1280, 420},
	} {
		b.size(p.width, p.height)
		b.scheme(p.scheme)
		b.visit(base + every[p.page])
		content := small(t, b.picture())
		require.Less(t, len(content), 200<<10, "%s is large for a picture of text", name)
		if *update {
			require.NoError(t, os.WriteFile(filepath.Join("..", "..", "docs", "images", name+".png"), content, 0o600))
		}
	}
}

// small returns a picture with a palette of its most frequent colours, which is all
// that a page of text needs.
func small(t *testing.T, content []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(content))
	require.NoError(t, err)
	bounds := full.Bounds()
	seen := map[color.Color]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			seen[full.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(seen), func(a, b color.Color) int {
		return cmp.Or(cmp.Compare(seen[b], seen[a]), compareColours(a, b))
	})
	palette := color.Palette(colours[:min(len(colours), 256)])
	nearest := map[color.Color]uint8{}
	for _, c := range colours {
		nearest[c] = uint8(palette.Index(c))
	}
	picture := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			picture.SetColorIndex(x, y, nearest[full.At(x, y)])
		}
	}
	var out bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, picture))
	return out.Bytes()
}

func compareColours(a, b color.Color) int {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	return cmp.Or(cmp.Compare(r1, r2), cmp.Compare(g1, g2), cmp.Compare(b1, b2))
}
