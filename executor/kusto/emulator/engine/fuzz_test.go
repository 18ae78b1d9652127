package engine

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// seeds adds the queries of testdata to the corpus.
func seeds(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(f, err)
	for _, name := range files {
		file, err := os.Open(name)
		require.NoError(f, err)
		lines := bufio.NewScanner(file)
		for wanted := false; lines.Scan(); {
			if wanted && lines.Text() != "----" {
				f.Add(lines.Text())
			}
			wanted = strings.HasPrefix(lines.Text(), "query")
		}
		require.NoError(f, file.Close())
	}
}

// FuzzRun checks that no text panics or hangs the engine, that a syntax error
// points into the text, and that rows have the width of their schema.
func FuzzRun(f *testing.F) {
	seeds(f)
	c := testCatalog(f)
	f.Fuzz(func(t *testing.T, text string) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		started := time.Now()
		results, err := Run(ctx, c, text, Options{Database: "db", Now: testNow, MaxRows: 2000})
		var e *Error
		if errors.As(err, &e) && e.Kind == Syntax {
			require.LessOrEqual(t, e.Offset, len(text))
			require.GreaterOrEqual(t, e.Offset, 0)
		}
		for _, r := range results {
			_ = r.Each(func(row Row) error {
				require.Len(t, row, len(r.Columns))
				for i, v := range row {
					AppendCell(nil, v, r.Columns[i].Type)
				}
				return nil
			})
			for _, w := range r.Warnings {
				require.Less(t, w.Offset, w.End)
				require.LessOrEqual(t, w.End, len(text))
			}
		}
		require.Less(t, time.Since(started), 10*time.Second)
	})
}

// FuzzJSON checks that what is rendered reads back as the same text.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,"x",null,true]}`, `"\u0000é"`, `1e400`, `-0`, `[[[]]]`, `{"a":1,"a":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := parseJSON(s)
		if err != nil {
			return
		}
		text := string(v.AppendJSON(nil))
		again, err := parseJSON(text)
		require.NoError(t, err, text)
		require.Equal(t, text, string(again.AppendJSON(nil)))
	})
}
