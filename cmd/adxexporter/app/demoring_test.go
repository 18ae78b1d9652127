package app

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	webpage "github.com/adx-mon/adxexporter/exposition/page"
)

// typist runs `adxexporter demo` and types.
type typist struct {
	t        *testing.T
	stdin    io.Writer
	out      *logs
	replicas []string
	// pages are the replicas' status pages.
	pages []string
	// from is how much had been written when something was last typed.
	from int
}

func startRingDemo(t *testing.T, args ...string) *typist {
	t.Helper()
	var cmd command
	parser, err := newParser(&cmd)
	require.NoError(t, err)
	parsed, err := parser.Parse(append([]string{"demo", "--port=0", "--log-level=error"}, args...))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	stdin, typed := io.Pipe()
	d := &typist{t: t, stdin: typed, out: &logs{}}
	done := make(chan error, 1)
	go func() { done <- parsed.Run(&console{ctx, stdin, d.out, d.out}) }() // the cleanup waits for it
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
		require.NoError(t, typed.Close())
	})
	d.waitFor(`Ctrl-C ends it`)
	for _, row := range regexp.MustCompile(`(?m)^adxexporter-\d +(http://\S+) +(http://\S+/)$`).FindAllStringSubmatch(d.out.String(), -1) {
		d.replicas, d.pages = append(d.replicas, row[1]), append(d.pages, row[2])
	}
	return d
}

func (d *typist) enter(line string) {
	d.t.Helper()
	d.from = len(d.out.String())
	_, err := io.WriteString(d.stdin, line+"\n")
	require.NoError(d.t, err)
}

// waitFor waits for an answer that matches, and returns its first group.
func (d *typist) waitFor(pattern string) string {
	d.t.Helper()
	text := regexp.MustCompile("(?m)" + pattern + "()")
	var found []string
	require.Eventually(d.t, func() bool {
		found = text.FindStringSubmatch(d.out.String()[d.from:])
		return found != nil
	}, 60*time.Second, 20*time.Millisecond, "nothing matches %s", pattern)
	return found[1]
}

// series returns how often each of the short exporters' series is shown, and how many
// of them each replica shows; -1 is a replica that does not answer.
func (d *typist) series() (shown map[string]int, each []int) {
	shown = map[string]int{}
	for _, url := range d.replicas {
		response, err := http.Get(url)
		if err != nil {
			each = append(each, -1)
			continue
		}
		body, err := io.ReadAll(response.Body)
		require.NoError(d.t, err)
		require.NoError(d.t, response.Body.Close())
		found := regexp.MustCompile(`(?m)^response_time_ms_\w+\{.*\}`).FindAllString(string(body), -1)
		for _, one := range found {
			shown[one]++
		}
		each = append(each, len(found))
	}
	return shown, each
}

// waitForSeries waits until each series is shown once, and each replica shows some,
// or does not answer.
func (d *typist) waitForSeries(stopped int) {
	d.t.Helper()
	const want = 12
	require.Eventually(d.t, func() bool {
		shown, each := d.series()
		if len(shown) != want {
			return false
		}
		for _, times := range shown {
			if times != 1 {
				return false
			}
		}
		for n, count := range each {
			if (n == stopped) != (count == -1) || count == 0 {
				return false
			}
		}
		return true
	}, 60*time.Second, 50*time.Millisecond, "replica %d stopped", stopped)
}

// requirePages sees to it that every replica's status page shows the exporters of all,
// and whoever is asked knows each.
func (d *typist) requirePages() {
	d.t.Helper()
	for _, base := range d.pages {
		var list webpage.Exporters
		require.Eventually(d.t, func() bool {
			_, body := get(d.t, base+"exporters?format=json")
			list = webpage.Exporters{}
			require.NoError(d.t, json.Unmarshal([]byte(body), &list))
			return list.Total == 15 && list.States[webpage.StateHealthy] == 15
		}, 60*time.Second, 50*time.Millisecond)
		require.Empty(d.t, list.Missing)
		owners := map[string]bool{}
		for _, e := range list.Exporters {
			owners[e.Owner] = true
			status, _ := get(d.t, base+"exporters/"+e.Key())
			require.Equal(d.t, http.StatusOK, status)
		}
		require.Len(d.t, owners, 3)
		_, body := get(d.t, base+"ring?format=json")
		var ring webpage.Ring
		require.NoError(d.t, json.Unmarshal([]byte(body), &ring))
		require.Len(d.t, ring.Views, 3)
		require.Len(d.t, ring.Members, 3)
		status, body := get(d.t, base+"?replica=adxexporter-2")
		require.Equal(d.t, http.StatusOK, status)
		require.Contains(d.t, body, "<h1>Replica adxexporter-2</h1>")
	}
}

// TestDemoOfReplicas stops a replica and sees its series appear on the others, and
// move back when it starts again.
func TestDemoOfReplicas(t *testing.T) {
	d := startRingDemo(t, "--replicas=3")
	require.Len(t, d.replicas, 3)
	d.waitForSeries(-1)
	d.requirePages()

	d.enter("stop 1")
	d.waitForSeries(1)
	d.waitFor(`adxexporter-1 stops and gives its exporters away`)
	d.waitFor(`monitoring/\S+: adxexporter-1 -> adxexporter-[02]`)
	d.waitFor(`  adxexporter-0 has \d+, adxexporter-2 has \d+$`)

	for line, answer := range map[string]string{
		"stop 1": "replica 1 does not run", "start 0": "replica 0 runs", "stop 3": `there is no replica "3": they are 0 to 2`,
		"halt": "there is stop N, start N and who", "who": `^monitoring/billing-max +adxexporter-[02]$`,
	} {
		d.enter(line)
		d.waitFor(answer)
	}

	d.enter("start 1")
	d.replicas[1] = d.waitFor(`adxexporter-1 starts: (http://\S+)`)
	d.waitFor(`monitoring/\S+: adxexporter-[02] -> adxexporter-1`)
	d.waitForSeries(-1)
}

// TestDemoOfReplicasRefuses what it cannot do.
func TestDemoOfReplicasRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		cmd    demoCommand
		want   string
	}{
		"TooMany":  {"there are ports for nine", demoCommand{Replicas: 10}, "--replicas: must be 1 to 9"},
		"Negative": {"a number of replicas", demoCommand{Replicas: -1}, "--replicas: must be 1 to 9"},
		"Dir":      {"the exporters are not in files", demoCommand{Replicas: 3, Dir: "x"}, "--dir goes without --replicas"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := tc.cmd.runReplicas(&console{ctx: t.Context(), stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}, nil)
			var usage *usageError
			require.ErrorAs(t, err, &usage, tc.reason)
			require.ErrorContains(t, err, tc.want, tc.reason)
		})
	}
}
