package page

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var updateReference = flag.Bool("update", false, "rewrite docs/reference/pages.md")

// TestReference: the page of the JSON form has every field, with its type.
func TestReference(t *testing.T) {
	const name = "../../docs/reference/pages.md"
	want := referenceIntro
	for _, body := range []any{
		Home{},
		Replica{},
		Exporters{},
		Exporter{},
		Missing{},
		Detail{},
		Run{},
		Undelivered{},
		Condition{},
		Waiting{},
		DeadLetter{},
		Ring{},
		View{},
		Member{},
		Handoff{},
		Targets{},
		Target{},
	} {
		want += section(reflect.TypeOf(body))
	}
	if *updateReference {
		require.NoError(t, os.WriteFile(name, []byte(want), 0o600))
	}
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, want, string(content), "bring it up to date: go test ./exposition/page -run TestReference -update")
}

// section is the part about a type.
func section(of reflect.Type) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n## %s\n\n| field | type |\n|---|---|\n", of.Name())
	for field := range of.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fmt.Fprintf(&out, "| `%s` | %s |\n", name, kindOf(field.Type))
	}
	return out.String()
}

// kindOf says what a field holds.
func kindOf(of reflect.Type) string {
	switch of {
	case reflect.TypeFor[time.Time]():
		return "time"
	case reflect.TypeFor[Duration]():
		return "seconds"
	case reflect.TypeFor[State]():
		return "text, a state"
	}
	switch of.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Struct:
		return fmt.Sprintf("[%s](#%s)", of.Name(), strings.ToLower(of.Name()))
	case reflect.Slice:
		return "list of " + kindOf(of.Elem())
	case reflect.Map:
		if of.Key() == reflect.TypeFor[State]() {
			return "numbers by state"
		}
		return "numbers by reason"
	default:
		return "number"
	}
}

// referenceIntro is what the page begins with.
const referenceIntro = `# Pages as JSON

<!-- Made from the types: go test ./exposition/page -run TestReference -update -->

The [status page](../guide/status-page.md) answers in JSON with ` + "`" + `Accept: application/json` + "`" + ` or ` + "`" + `?format=json` + "`" + `. Fields may be added; those that are here keep their name and meaning. Times are RFC 3339 in UTC, lengths of time are seconds (fields that end in ` + "`" + `Seconds` + "`" + `), and what is empty may be absent. An error is ` + "`" + `{"error": "a sentence"}` + "`" + ` with status 404 (there is no such thing) or 503 (a replica that may know does not answer).

` + "`" + `?scope=self` + "`" + ` has a replica answer for itself only and ask nobody: ` + "`" + `/exporters` + "`" + ` then has all of its exporters, without a filter, and ` + "`" + `/exporters/{namespace}/{name}` + "`" + ` is ` + "`" + `null` + "`" + ` if it does not run that one.

| path | parameters | answer |
|---|---|---|
| ` + "`" + `/` + "`" + ` | ` + "`" + `replica` + "`" + `: another one's pod | [Home](#home) |
| ` + "`" + `/exporters` + "`" + ` | ` + "`" + `q` + "`" + `: text; ` + "`" + `state` + "`" + `: a state; ` + "`" + `sort` + "`" + `: ` + "`" + `state` + "`" + `, ` + "`" + `exporter` + "`" + `, ` + "`" + `owner` + "`" + `, ` + "`" + `last` + "`" + `, ` + "`" + `next` + "`" + `, ` + "`" + `duration` + "`" + `, ` + "`" + `points` + "`" + `, ` + "`" + `dropped` + "`" + `, ` + "`" + `lag` + "`" + ` or ` + "`" + `backlog` + "`" + `, with ` + "`" + `-` + "`" + ` before it for the other direction | [Exporters](#exporters) |
| ` + "`" + `/exporters/{namespace}/{name}` + "`" + ` | | [Detail](#detail) |
| ` + "`" + `/ring` + "`" + ` | | [Ring](#ring) |
| ` + "`" + `/targets` + "`" + ` | | [Targets](#targets) |
`
