package kusto

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Endpoint says which Kusto cluster answers for a database.
type Endpoint struct {
	// Database is the name that exporters use, and the database asked.
	Database string
	// URL is the cluster's address, with a path and a query if it has them.
	URL string
}

// ParseEndpoint reads DATABASE=URL. The URL may contain "=" itself.
//
// Errors never repeat the value: people paste connection strings with keys.
func ParseEndpoint(s string) (Endpoint, error) {
	database, address, found := strings.Cut(s, "=")
	database, address = strings.TrimSpace(database), strings.TrimSpace(address)
	switch {
	case isConnectionString(s):
		return Endpoint{}, errors.New("cannot read endpoint: it is a connection string; write DATABASE=https://host and choose the credential with its own flag")
	case !found:
		return Endpoint{}, errors.New("cannot read endpoint: want DATABASE=URL, found no \"=\"")
	case database == "":
		return Endpoint{}, errors.New("cannot read endpoint: want DATABASE=URL, the database is empty")
	}
	if err := checkURL(address); err != nil {
		return Endpoint{}, fmt.Errorf("cannot read endpoint of database %q: %w", database, err)
	}
	return Endpoint{Database: database, URL: address}, nil
}

// ParseEndpoints reads DATABASE=URL,DATABASE=URL. A comma that belongs to a URL
// is written %2C, or that endpoint is given on its own to ParseEndpoint.
func ParseEndpoints(s string) ([]Endpoint, error) {
	var endpoints []Endpoint
	for part := range strings.SplitSeq(s, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		endpoint, err := ParseEndpoint(part)
		if err != nil {
			return nil, err
		}
		endpoints = append(endpoints, endpoint)
	}
	return endpoints, nil
}

// isConnectionString recognises Kusto's own format, whose keywords would
// otherwise be taken for a database name.
func isConnectionString(s string) bool {
	if strings.Contains(s, ";") {
		return true
	}
	keyword, _, _ := strings.Cut(s, "=")
	switch strings.ToLower(strings.ReplaceAll(keyword, " ", "")) {
	case "datasource", "server", "addr", "address", "networkaddress":
		return true
	}
	return false
}

func checkURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("the URL is not valid")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("the URL must begin with https:// or http://")
	case !isHost(u.Hostname()):
		return errors.New("the URL has no valid host name")
	case u.User != nil:
		return errors.New("the URL must not contain a user or password")
	case u.Fragment != "":
		return errors.New("the URL must not contain a fragment")
	}
	return nil
}

// isHost accepts names and addresses. It is here to catch a second endpoint that
// slid into the first one's host through a stray comma.
func isHost(host string) bool {
	return host != "" && !strings.ContainsAny(host, ",= \"'<>\\^`{|}%")
}

// index maps each database to its endpoint's address.
func index(endpoints []Endpoint) (map[string]string, error) {
	urls := make(map[string]string, len(endpoints))
	for _, e := range endpoints {
		if err := checkURL(e.URL); err != nil {
			return nil, fmt.Errorf("cannot use endpoint of database %q: %w", e.Database, err)
		}
		if first, taken := urls[e.Database]; taken && first != e.URL {
			return nil, fmt.Errorf("cannot use two endpoints for database %q", e.Database)
		}
		urls[e.Database] = e.URL
	}
	return urls, nil
}
