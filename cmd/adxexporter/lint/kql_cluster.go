package lint

import (
	"fmt"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/shape"
	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// checkClusterDatabase finds cluster('c').DB.T, which Kusto refuses as KS142: a
// cluster has no tables and no members but database().
func checkClusterDatabase(e *exporter) []finding {
	var found []finding
	for i := range e.query.Tokens {
		path := clusterPath(e.query.Tokens[i:])
		if path == nil {
			continue
		}
		fixed := fmt.Sprintf("%s.database('%s')", e.kql(path[:4]), path[5].Value)
		if len(path) > 6 {
			fixed += "." + e.kql(path[7:])
		}
		found = append(found, finding{
			severity: Error, at: e.at(path), variant: "cluster",
			message: fmt.Sprintf("Kusto refuses %s, because a cluster has no members but database() (KS142)", quoteKQL(e.kql(path))),
			help:    "write " + fixed,
		})
	}
	return found
}

// clusterPath returns the tokens of cluster('c').DB or cluster('c').DB.T at the
// start of the tokens; nil if something else stands there.
func clusterPath(tokens shape.Tokens) shape.Tokens {
	if len(tokens) < 6 || tokens.Call(0) != "cluster" || !tokens[3].Is(")") || !tokens[4].Is(".") ||
		tokens[5].Kind == kql.Operator || tokens.Call(5) != "" {
		return nil
	}
	if len(tokens) > 7 && tokens[6].Is(".") {
		return tokens[:8]
	}
	return tokens[:6]
}
