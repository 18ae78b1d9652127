package page

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browser is a Chromium that does as it is told, by WebDriver.
type browser struct {
	t    *testing.T
	base string
}

// startBrowser starts a browser until the test ends, or skips the test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	if os.Getenv("ADXEXPORTER_E2E") == "" {
		t.Skip("set ADXEXPORTER_E2E=1 to look at the page in a browser")
	}
	driver, err := exec.LookPath("chromedriver")
	if err != nil {
		t.Skip("there is no chromedriver (Debian: chromium, chromium-driver)")
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, driver, "--port=0")
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
	})
	b := &browser{t: t, base: "http://127.0.0.1:" + portOf(t, out)}
	b.open()
	return b
}

// portOf reads the port that chromedriver has chosen.
func portOf(t *testing.T, out io.Reader) string {
	t.Helper()
	said := regexp.MustCompile(`started successfully on port (\d+)`)
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if found := said.FindStringSubmatch(scanner.Text()); found != nil {
			return found[1]
		}
	}
	t.Fatal("chromedriver does not say its port")
	return ""
}

// open opens a window.
func (b *browser) open() {
	var session struct {
		SessionID string `json:"sessionId"`
	}
	b.do(http.MethodPost, "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName": "chrome",
		"goog:chromeOptions": map[string]any{"args": []string{
			"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1",
		}},
		"goog:loggingPrefs": map[string]string{"browser": "ALL", "performance": "ALL"},
	}}}, &session)
	b.base += "/session/" + session.SessionID
	b.t.Cleanup(func() { b.do(http.MethodDelete, "", nil, nil) })
}

// do sends a command, and reads its value.
func (b *browser) do(method, path string, body, value any) {
	b.t.Helper()
	content, err := json.Marshal(body)
	require.NoError(b.t, err)
	if body == nil {
		content = nil
	}
	// The session is closed after the test's own context has ended.
	request, err := http.NewRequestWithContext(context.Background(), method, b.base+path, bytes.NewReader(content))
	require.NoError(b.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(b.t, err)
	defer func() { require.NoError(b.t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	require.Equal(b.t, http.StatusOK, response.StatusCode, "%s %s: %s", method, path, text)
	if value != nil {
		require.NoError(b.t, json.Unmarshal(text, &struct{ Value any }{value}))
	}
}

// visit loads a page.
func (b *browser) visit(url string) {
	b.t.Helper()
	b.do(http.MethodPost, "/url", map[string]string{"url": url}, nil)
}

// eval runs a function's body and reads what it returns.
func (b *browser) eval(value any, script string, args ...any) {
	b.t.Helper()
	if args == nil {
		args = []any{}
	}
	b.do(http.MethodPost, "/execute/sync", map[string]any{"script": script, "args": args}, value)
}

// text returns what a script returns, as text.
func (b *browser) text(script string) string {
	b.t.Helper()
	var text string
	b.eval(&text, script)
	return text
}

// cdp sends a command of the DevTools protocol.
func (b *browser) cdp(command string, params map[string]any) {
	b.t.Helper()
	b.do(http.MethodPost, "/goog/cdp/execute", map[string]any{"cmd": command, "params": params}, nil)
}

// scheme has the page shown light or dark.
func (b *browser) scheme(name string) {
	b.t.Helper()
	b.cdp("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": name}}})
}

// size sets what can be seen of the page.
func (b *browser) size(width, height int) {
	b.t.Helper()
	b.cdp("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
	require.Eventually(b.t, func() bool {
		var now int
		b.eval(&now, "return innerWidth")
		return now == width
	}, 20*time.Second, 10*time.Millisecond, "the page is laid out anew a little later")
}

// press types keys where the focus is.
func (b *browser) press(keys string) {
	b.t.Helper()
	var actions []map[string]string
	for _, key := range keys {
		actions = append(actions, map[string]string{"type": "keyDown", "value": string(key)}, map[string]string{"type": "keyUp", "value": string(key)})
	}
	b.do(http.MethodPost, "/actions", map[string]any{"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}}}, nil)
}

// keyTab is the tabulator, and keyEnter the return key, as WebDriver knows them.
const (
	keyTab   = "\ue004"
	keyEnter = "\ue007"
)

// logged returns and forgets what a log has: browser is the console, performance the
// events of the DevTools protocol.
func (b *browser) logged(kind string) []string {
	b.t.Helper()
	var entries []struct{ Level, Message string }
	b.do(http.MethodPost, "/se/log", map[string]string{"type": kind}, &entries)
	lines := make([]string, len(entries))
	for i, e := range entries {
		lines[i] = e.Message
		if kind == "browser" {
			lines[i] = fmt.Sprintf("%s %s", e.Level, e.Message)
		}
	}
	return lines
}

// requested returns the addresses that have been asked for.
func (b *browser) requested() []string {
	b.t.Helper()
	var urls []string
	for _, line := range b.logged("performance") {
		var event struct {
			Message struct {
				Method string
				Params struct{ Request struct{ URL string } }
			}
		}
		require.NoError(b.t, json.Unmarshal([]byte(line), &event))
		if event.Message.Method == "Network.requestWillBeSent" {
			urls = append(urls, event.Message.Params.Request.URL)
		}
	}
	return urls
}

// picture returns what is to be seen, as PNG.
func (b *browser) picture() []byte {
	b.t.Helper()
	var encoded string
	b.do(http.MethodGet, "/screenshot", nil, &encoded)
	content, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(b.t, err)
	return content
}
