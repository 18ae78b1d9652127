package collector

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// scrapeTimeout is how long the Collector waits for a whole answer.
	scrapeTimeout = 10 * time.Second
	// maxLine is the length of a line that ends a scrape, in bytes.
	maxLine = 64 << 10
)

// Scraper asks targets, one after the other.
type Scraper struct {
	// Client asks; it follows no environment of its own.
	Client *http.Client
	// Token is the Collector's own, which every target is sent.
	Token string
}

// Scrape returns the series that a target shows, each as it is written, and their
// values.
func (s *Scraper) Scrape(ctx context.Context, target Target) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	body, err := s.get(ctx, target.URL)
	if err != nil {
		return nil, fmt.Errorf("cannot scrape %s/%s: %w", target.Namespace, target.Pod, err)
	}
	series, err := Parse(body)
	if err != nil {
		return nil, fmt.Errorf("cannot read what %s/%s shows: %w", target.Namespace, target.Pod, err)
	}
	return series, nil
}

// get returns the answer's body, inflated. There is no Accept header.
func (s *Scraper) get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	request.Header.Set("User-Agent", "adx-mon-collector/0.0")
	request.Header.Set("Authorization", "Bearer "+s.Token)
	response, err := s.Client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", response.Status)
	}
	if response.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(response.Body)
	}
	plain, err := gzip.NewReader(response.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}

// Parse reads the text format as the Collector does. What the Collector would misread
// or leave out is an error.
func Parse(body []byte) (map[string]float64, error) {
	found := map[string]float64{}
	lines := bufio.NewScanner(bytes.NewReader(body))
	lines.Buffer(nil, maxLine)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		series, value, err := sample(line)
		if err == nil && has(found, series) {
			err = errors.New("the series is there twice")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d, %.80q: %w", number, line, err)
		}
		found[series] = value
	}
	return found, lines.Err()
}

func has(found map[string]float64, series string) bool {
	_, ok := found[series]
	return ok
}

// sample reads NAME{LABELS} VALUE [MILLISECONDS].
func sample(line string) (series string, value float64, err error) {
	rest := line[nameEnd(line, ":"):]
	if len(rest) == len(line) {
		return "", 0, errors.New("there is no name")
	}
	if strings.HasPrefix(rest, "{") {
		if rest, err = labels(rest[1:]); err != nil {
			return "", 0, err
		}
	}
	series = line[:len(line)-len(rest)]
	fields := strings.Fields(rest)
	if len(fields) < 1 || len(fields) > 2 || rest[0] != ' ' {
		return "", 0, errors.New("want a value and perhaps a time behind the labels")
	}
	if len(fields) == 2 {
		if _, err := strconv.ParseInt(fields[1], 10, 64); err != nil {
			return "", 0, errors.New("want whole milliseconds for a time")
		}
	}
	value, err = strconv.ParseFloat(fields[0], 64)
	return series, value, err
}

// labels reads NAME="VALUE",...} and returns what follows.
func labels(rest string) (string, error) {
	for {
		end := nameEnd(rest, "")
		if end == 0 || !strings.HasPrefix(rest[end:], `="`) {
			return "", errors.New(`want NAME="VALUE" for a label, without spaces`)
		}
		value, err := valueEnd(rest[end+2:])
		if err != nil {
			return "", err
		}
		rest = rest[end+2+value:]
		switch {
		case strings.HasPrefix(rest, ","):
			rest = rest[1:]
			continue
		case strings.HasPrefix(rest, "}"):
			return rest[1:], nil
		}
		return "", errors.New("want a comma or a brace behind a label")
	}
}

// valueEnd returns where a label's value ends, with its quote.
func valueEnd(rest string) (int, error) {
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			return i + 1, nil
		case '\\':
			i++
			if i == len(rest) || !strings.ContainsRune(`\"n`, rune(rest[i])) {
				return 0, errors.New("want one of the three escapes")
			}
		}
	}
	return 0, errors.New("a label's value does not end")
}

// nameEnd returns where a name of letters, digits, underscores and others ends.
func nameEnd(s, others string) int {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte(others, c) >= 0
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(s)
}
