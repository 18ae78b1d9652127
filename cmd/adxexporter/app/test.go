package app

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/offline"
)

// testCommand is `adxexporter test`.
type testCommand struct {
	Files  []string `arg:"" name:"file" help:"Test files; docs/reference/test-files.md describes them."`
	Only   string   `name:"run" placeholder:"REGEX" help:"Run only the tests whose name matches."`
	Update bool     `help:"Rewrite the expected series where they differ. Nothing else in the files changes."`
	Strict bool     `help:"Refuse what the embedded Kusto could run and the real one would not."`
}

// Run runs the tests; it fails if one of them does.
func (t *testCommand) Run(c *console) error {
	only, err := regexp.Compile(t.Only)
	if err != nil {
		return &usageError{fmt.Errorf("--run: %w", err)}
	}
	files, err := offline.ReadFiles(t.Files)
	if err != nil {
		return &usageError{err}
	}
	suite := &offline.Suite{Files: files, Only: only, Strict: t.Strict, Update: t.Update}
	summary, err := suite.Run(c.ctx, c.stdout)
	switch _, theirs := errors.AsType[*offline.FileError](err); {
	case theirs:
		return &usageError{err}
	case err != nil:
		return err
	case summary.Total() == 0: // a check that checks nothing must not pass
		return &usageError{fmt.Errorf("--run: no test's name matches %q", t.Only)}
	case summary.Failed > 0:
		return errFailed
	}
	return nil
}
