package completion

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// commandLine is one in which everything occurs.
type commandLine struct {
	Run struct {
		Level string `enum:"debug,info" default:"info" help:"How much is logged."`
		Old   string `hidden:""`
	} `cmd:"" default:"withargs" help:"Run it."`
	Ring struct {
		Output  string   `short:"o" enum:",text,json" default:"" help:"How it is printed."`
		Members struct{} `cmd:"" help:"Who is in."`
		Table   struct {
			Wait bool   `negatable:"" help:"Wait."`
			File string `help:"Where."`
		} `cmd:"" help:"Who has what."`
	} `cmd:"" help:"Look at the ring."`
	Shell struct {
		Shell string `arg:"" enum:"bash,zsh"`
	} `cmd:"" help:"Complete."`
	Secret struct{} `cmd:"" hidden:""`

	Verbose bool `short:"v" help:"Say more."`
}

func TestCandidates(t *testing.T) {
	parser, err := kong.New(&commandLine{})
	require.NoError(t, err)
	cases := map[string]struct {
		reason string
		words  string // the last may be empty
		want   string
	}{
		"Nothing":           {"commands, but no hidden one", "", "run ring shell"},
		"Prefix":            {"what begins so", "r", "run ring"},
		"Command":           {"a command of a command", "ring ", "members table"},
		"Top":               {"the default command's flags as well", "--", "--help --verbose --level"},
		"Inherited":         {"a command has the flags of those above it", "ring table --", "--wait --no-wait --file --output --help --verbose"},
		"Values":            {"after a flag", "ring --output ", "text json"},
		"ShortValues":       {"after a short one", "ring -o j", "json"},
		"Assigned":          {"after an equals sign", "ring --output=t", "--output=text"},
		"Unknown":           {"a flag that is none", "ring --bogus=t", ""},
		"AssignedInBash":    {"bash takes that for three words", "ring --output = t", "text"},
		"AssignedOnlyBash":  {"and for two", "ring --output = ", "text json"},
		"EqualsSignInBash":  {"the sign alone", "ring --output =", "text json"},
		"FileIsTheShells":   {"a value that is not listed", "ring table --file ", ""},
		"AfterValue":        {"a value is no command", "ring --output text ta", "table"},
		"AfterBool":         {"a switch has no value", "-v ri", "ring"},
		"AfterAssigned":     {"a value is taken already", "ring --output=text ta", "table"},
		"NoFlags":           {"after --", "ring -- -", ""},
		"Argument":          {"an argument that has a list", "shell ", "bash zsh"},
		"StrayWord":         {"a word that is no command", "ring bogus ta", "table"},
		"NothingBeforeSign": {"an equals sign alone", "=", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range Candidates(parser.Model, strings.Split(tc.words, " ")) {
				got = append(got, c.Value)
			}
			require.Equal(t, tc.want, strings.Join(got, " "), tc.reason)
		})
	}
	require.Len(t, Candidates(parser.Model, nil), 3)
	require.Equal(t, Candidate{"ring", "Look at the ring."}, Candidates(parser.Model, []string{"ri"})[0])
}

// TestScripts: there is one for each shell, and bash completes with its own.
func TestScripts(t *testing.T) {
	for shell := range strings.SplitSeq(Shells, ",") {
		script, err := Script(shell, "adx")
		require.NoError(t, err)
		require.Contains(t, script, "__complete")
		require.NotContains(t, script, "PROGRAM")
	}
	_, err := Script("cmd", "adx")
	require.EqualError(t, err, `cannot complete in shell "cmd": want one of bash,zsh,fish`)

	dir := t.TempDir()
	script, err := Script("bash", "adx")
	require.NoError(t, err)
	program := "#!/bin/bash\nprintf '%s\\thelp\\n' \"<$*>\" second\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "adx"), []byte(program), 0o700))
	out, err := exec.CommandContext(t.Context(), "bash", "-c", script+`
		COMP_WORDS=("`+dir+`/adx" ring "" later); COMP_CWORD=2
		_adx && printf '%s\n' "${COMPREPLY[@]}"`).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "<__complete ring >\nsecond\n", string(out))
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errors.New("closed") }

func TestWrite(t *testing.T) {
	var out strings.Builder
	require.NoError(t, Write(&out, []Candidate{{"a", "first\nsecond"}, {"b", ""}}))
	require.Equal(t, "a\tfirst\nb\t\n", out.String())
	require.ErrorContains(t, Write(closed{}, []Candidate{{"a", ""}}), "closed")
}
