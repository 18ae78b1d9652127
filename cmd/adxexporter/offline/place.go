package offline

import (
	"fmt"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// Place is the full name of a table. No database means the exporter's.
type Place struct {
	Cluster, Database, Name string
}

// part is one of the parts of a table's name, between the dots.
type part struct {
	// call is cluster or database for a part such as cluster('name').
	call, name string
}

// parsePlace reads the name of a table as queries write it: Table, Database.Table
// or database('Database').Table, the latter two also behind cluster('name').
func parsePlace(text string) (Place, error) {
	parts, ok := splitPlace(text)
	var place Place
	if ok && parts[0].call == "cluster" && len(parts) == 3 {
		place.Cluster = parts[0].name
		parts = parts[1:]
	}
	if ok && len(parts) == 2 && parts[0].call != "cluster" {
		place.Database = parts[0].name
		parts = parts[1:]
	}
	if !ok || len(parts) != 1 || parts[0].call != "" {
		return Place{}, fmt.Errorf("cannot read %q as a table's name: "+
			"write it as the query does, for example cluster('eastus').Telemetry.Events", text)
	}
	place.Name = parts[0].name
	return place, nil
}

// splitPlace cuts a name at its dots; there is at least one part if ok.
func splitPlace(text string) (parts []part, ok bool) {
	tokens, err := kql.Lex(text)
	if err != nil {
		return nil, false
	}
	for {
		p, length := readPart(tokens)
		if length == 0 {
			return nil, false
		}
		parts, tokens = append(parts, p), tokens[length:]
		if len(tokens) == 0 {
			return parts, true
		}
		if !tokens[0].Is(".") {
			return nil, false
		}
		tokens = tokens[1:]
	}
}

// readPart returns the part that tokens begin with and of how many it is; 0 if
// there is none.
func readPart(tokens []kql.Token) (p part, length int) {
	if len(tokens) == 0 || tokens[0].Kind != kql.Name && tokens[0].Kind != kql.BracketName {
		return part{}, 0
	}
	if len(tokens) == 1 || !tokens[1].Is("(") {
		return part{name: tokens[0].Value}, 1
	}
	if !tokens[0].IsName("cluster") && !tokens[0].IsName("database") ||
		len(tokens) < 4 || tokens[2].Kind != kql.String || !tokens[3].Is(")") {
		return part{}, 0
	}
	return part{call: tokens[0].Value, name: tokens[2].Value}, 4
}
