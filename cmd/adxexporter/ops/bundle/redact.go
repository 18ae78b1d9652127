package bundle

import (
	"encoding/json"
	"regexp"
	"strings"
)

// redacted stands for a value that may be secret.
const redacted = "REDACTED"

var (
	// secretName is what flags and variables are called that hold secrets, unless they
	// name a file.
	secretName = regexp.MustCompile(`(?i)header|token|password|secret|credential|api-?_?key`)
	// userInfo is the password, with the user, of a URL.
	userInfo = regexp.MustCompile(`(://)[^/\s"'@]+(@)`)
	// secretParameter is a parameter of a URL that holds a secret.
	secretParameter = regexp.MustCompile(`(?i)([?&](?:sig|code|key|token|access_token|api_?key)=)[^&\s"']+`)
	// secretFlag is a flag and its value within a text.
	secretFlag = regexp.MustCompile(`(--[a-zA-Z0-9._-]+)(=|\s+)((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+)`)
	// authorization is a credential as it is sent.
	authorization = regexp.MustCompile(`(?i)((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}`)
)

// isSecret reports whether a flag or variable of a name holds a secret.
func isSecret(name string) bool {
	return secretName.MatchString(name) && !strings.HasSuffix(strings.ToLower(name), "file")
}

// redactText replaces what may be secret within a text.
func redactText(text string) string {
	text = userInfo.ReplaceAllString(text, "${1}"+redacted+"${2}")
	text = secretParameter.ReplaceAllString(text, "${1}"+redacted)
	text = authorization.ReplaceAllString(text, "${1}"+redacted)
	return secretFlag.ReplaceAllStringFunc(text, func(found string) string {
		part := secretFlag.FindStringSubmatch(found)
		if isSecret(part[1]) {
			return part[1] + part[2] + redacted
		}
		return found
	})
}

// redactString replaces what may be secret in a string of a document. An argument
// is replaced to its end, whatever is in it.
func redactString(text string) string {
	name, _, hasValue := strings.Cut(text, "=")
	if hasValue && strings.HasPrefix(name, "--") && !strings.ContainsAny(name, " \n") && isSecret(name) {
		return name + "=" + redacted
	}
	return redactText(text)
}

// redactJSON replaces what may be secret in a JSON document, and leaves out what
// repeats the rest. A document that cannot be read is treated as text.
func redactJSON(content []byte) []byte {
	var document any
	if err := json.Unmarshal(content, &document); err != nil {
		return []byte(redactText(string(content)))
	}
	clean, err := json.MarshalIndent(redactValue(document), "", "  ")
	if err != nil {
		return []byte(redacted) // what was read can be written; if it cannot, nothing slips through
	}
	return clean
}

func redactValue(value any) any {
	switch value := value.(type) {
	case string:
		return redactString(value)
	case []any:
		return redactList(value)
	case map[string]any:
		return redactMap(value)
	}
	return value
}

// redactList replaces what may be secret in a list, of arguments above all, where a
// flag's value may be the next element.
func redactList(list []any) []any {
	for i, element := range list {
		previous := ""
		if i > 0 {
			previous, _ = list[i-1].(string)
		}
		_, isText := element.(string)
		if isText && strings.HasPrefix(previous, "--") && !strings.Contains(previous, "=") && isSecret(previous) {
			list[i] = redacted
			continue
		}
		list[i] = redactValue(element)
	}
	return list
}

func redactMap(object map[string]any) map[string]any {
	delete(object, "managedFields")
	delete(object, "kubectl.kubernetes.io/last-applied-configuration")
	name, _ := object["name"].(string) // of an environment variable, or of a flag
	for key, value := range object {
		_, isText := value.(string)
		if isText && (isSecret(key) || (key == "value" && isSecret(name))) {
			object[key] = redacted
			continue
		}
		object[key] = redactValue(value)
	}
	return object
}
