package completion

import (
	"fmt"
	"io"
	"strings"
)

// Word begins a command line that asks for candidates; the words to complete follow.
const Word = "__complete"

// Shells are those that Script knows.
const Shells = "bash,zsh,fish"

var scripts = map[string]string{
	"bash": `# Completion of PROGRAM in bash.
_PROGRAM() {
	local value
	COMPREPLY=()
	while IFS=$'\t' read -r value _; do
		COMPREPLY+=("$value")
	done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _PROGRAM PROGRAM
`,
	"zsh": `#compdef PROGRAM
# Completion of PROGRAM in zsh.
_PROGRAM() {
	local -a found
	found=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	found=("${(@)found:#}")
	if (( $#found )); then
		found=("${(@)found//:/\\:}")
		found=("${(@)found/$'\t'/:}")
		_describe PROGRAM found
	else
		_files
	fi
}
compdef _PROGRAM PROGRAM
`,
	"fish": `# Completion of PROGRAM in fish.
complete -c PROGRAM -a '(PROGRAM __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
}

// Script returns what a shell reads to complete a program's command lines.
func Script(shell, program string) (string, error) {
	script, ok := scripts[shell]
	if !ok {
		return "", fmt.Errorf("cannot complete in shell %q: want one of %s", shell, Shells)
	}
	return strings.ReplaceAll(script, "PROGRAM", program), nil
}

// Write prints candidates as the scripts read them: the value, and after a tab what
// it is.
func Write(w io.Writer, candidates []Candidate) error {
	for _, c := range candidates {
		help, _, _ := strings.Cut(c.Help, "\n")
		if _, err := fmt.Fprintf(w, "%s\t%s\n", c.Value, help); err != nil {
			return err
		}
	}
	return nil
}
