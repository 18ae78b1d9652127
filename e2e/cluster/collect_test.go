package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/adx-mon/adxexporter/e2e/collector"
)

// collectorToken is what the Collector says to everybody it scrapes.
const collectorToken = "the-collectors-own-service-account-token"

// collect has the node's Collector find and scrape its pods. Each exporter must be
// there once, from as many pods as there are replicas, and nobody may have written
// down the Collector's token.
func (w *world) collect(ctx context.Context, replicas int) error {
	pods, err := w.Client().CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	targets := collector.Targets(Node, pods.Items)
	if len(targets) != replicas {
		return fmt.Errorf("the Collector finds %d targets, not %d: %v", len(targets), replicas, targets)
	}
	scraper := &collector.Scraper{Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, Token: collectorToken}
	shownBy := map[string][]string{}
	for _, target := range targets {
		series, err := scraper.Scrape(ctx, target)
		if err != nil {
			return err
		}
		for s := range series {
			shownBy[s] = append(shownBy[s], target.Pod)
		}
	}
	return errors.Join(w.eachOnce(shownBy), silentAbout(filepath.Join(w.dir, "pods"), collectorToken))
}

// eachOnce returns nil if each exporter's series is shown by one pod, and nothing else
// is shown.
func (w *world) eachOnce(shownBy map[string][]string) error {
	if len(shownBy) != w.exporters {
		return fmt.Errorf("%d series are shown, not %d: %v", len(shownBy), w.exporters, shownBy)
	}
	for i := range w.exporters {
		series := fmt.Sprintf("reading{exporter=%q}", exporterName(i))
		if pods := shownBy[series]; len(pods) != 1 {
			return fmt.Errorf("%s is shown by %v", series, pods)
		}
	}
	return nil
}

// silentAbout returns an error if a log has a secret.
func silentAbout(pods, secret string) error {
	logs, err := filepath.Glob(filepath.Join(pods, "*", "*.log"))
	if len(logs) == 0 {
		err = errors.Join(err, fmt.Errorf("there are no logs in %s", pods))
	}
	for _, file := range logs {
		content, unread := os.ReadFile(file)
		err = errors.Join(err, unread)
		if bytes.Contains(content, []byte(secret)) {
			err = errors.Join(err, fmt.Errorf("%s has the secret", file))
		}
	}
	return err
}
