package main

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// update rewrites the transcripts' expected output: go test ./cmd/adxexporter -update.
var update = flag.Bool("update", false, "rewrite the expected output of the transcripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"adxexporter": main, "kubectl-adxexporter": main, "kubectl_complete-adxexporter": main})
}

// TestScripts runs the command line as its users type it.
func TestScripts(t *testing.T) {
	docs, err := filepath.Abs("../../docs")
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("DOCS", docs)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"cluster": cluster},
	})
}
