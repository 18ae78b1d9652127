package app

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/completion"
)

// The names that the binary is called by: its own, and those by which kubectl finds
// a command and what completes it.
const (
	program       = "adxexporter"
	kubectlName   = "kubectl-adxexporter"
	kubectlWorker = "kubectl_complete-adxexporter"
)

// nameAs returns how a user calls the binary of a name.
func nameAs(calledAs string) string {
	if strings.HasPrefix(calledAs, kubectlName) { // .exe may follow
		return "kubectl " + program
	}
	return program
}

// argsAs returns the arguments. As a command of kubectl, the binary does not run as a
// service because somebody wants to know what it can do.
func argsAs(calledAs string, args []string) []string {
	if len(args) == 0 && strings.HasPrefix(calledAs, kubectlName) {
		return []string{"--help"}
	}
	return args
}

// completionCommand is `adxexporter completion`.
type completionCommand struct {
	Shell string `arg:"" enum:"${shells}" help:"Which shell: ${enum}."`
}

// Run prints the script.
func (s *completionCommand) Run(c *console) error {
	script, err := completion.Script(s.Shell, program)
	if err != nil {
		return &usageError{err}
	}
	_, err = io.WriteString(c.stdout, script)
	return err
}

// completes returns the words that a shell asks to have completed, if it does.
func completes(calledAs string, args []string) (words []string, asked bool) {
	switch {
	case strings.HasPrefix(calledAs, kubectlWorker):
		return args, true
	case len(args) > 0 && args[0] == completion.Word:
		return args[1:], true
	}
	return nil, false
}

// complete prints what the last of the words could become. kubectl wants a line more,
// which leaves the rest to the shell.
func complete(w io.Writer, model *kong.Application, words []string, calledAs string) error {
	if err := completion.Write(w, completion.Candidates(model, words)); err != nil {
		return err
	}
	if strings.HasPrefix(calledAs, kubectlWorker) {
		_, err := fmt.Fprintln(w, ":0")
		return err
	}
	return nil
}
