package cluster

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/adx-mon/adxexporter/e2e/kubelet"
)

// look is what all replicas showed at one time: which pods showed an exporter, by set
// and exporter as in id.
type look struct {
	at time.Time
	by map[string][]string
}

// setOf returns the name of a pod's StatefulSet.
func setOf(pod string) string { return pod[:strings.LastIndexByte(pod, '-')] }

// lookEvery is how often all replicas are scraped, and lookTimeout how long one may
// take to answer.
const (
	lookEvery   = time.Second
	lookTimeout = 900 * time.Millisecond
)

// watchLooks scrapes all pods of the replicas once a second, until ctx ends.
func watchLooks(ctx context.Context, pods func() []kubelet.Pod, see func(look)) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			see(lookAt(ctx, client, pods()))
		}
	}
}

// lookAt scrapes pods at one time.
func lookAt(ctx context.Context, client *http.Client, pods []kubelet.Pod) look {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	l := look{at: time.Now(), by: map[string][]string{}}
	var mu sync.Mutex // guards l
	var all sync.WaitGroup
	for _, pod := range pods {
		if pod.PID == 0 {
			continue
		}
		all.Go(func() {
			exporters := scrape(ctx, client, "http://"+pod.IP.String()+":8080/metrics")
			mu.Lock()
			defer mu.Unlock()
			for exporter := range exporters {
				shown := id(setOf(pod.Name), exporter)
				l.by[shown] = append(l.by[shown], pod.Name+"/"+string(pod.UID))
			}
		})
	}
	all.Wait()
	return l
}

// scrape returns the exporters whose series a replica shows; none if it does not
// answer.
func scrape(ctx context.Context, client *http.Client, url string) map[string]bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil
	}
	response, err := client.Do(request)
	if err != nil {
		return nil
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil
	}
	return exportersIn(response.Body)
}

// exportersIn reads series such as reading{exporter="exporter-07"} 1.
func exportersIn(body io.Reader) map[string]bool {
	found := map[string]bool{}
	for lines := bufio.NewScanner(body); lines.Scan(); {
		if _, rest, ok := strings.Cut(lines.Text(), `exporter="`); ok && strings.HasPrefix(lines.Text(), "reading{") {
			name, _, _ := strings.Cut(rest, `"`)
			found[name] = true
		}
	}
	return found
}
