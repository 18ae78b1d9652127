package manifests_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/api/apiserver"
	"github.com/adx-mon/adxexporter/manifests"
)

// fence is a block of a page, with what its language is.
type fence struct{ language, text string }

// installPage returns the blocks of the page on installing.
func installPage(t *testing.T) []fence {
	t.Helper()
	var all []fence
	page := rootFile(t, filepath.Join("docs", "guide", "install.md"))
	for _, found := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?\n)```$").FindAllStringSubmatch(page, -1) {
		all = append(all, fence{found[1], found[2]})
	}
	require.Greater(t, len(all), 12)
	return all
}

// commands are the page's commands in their order, each as its words.
func commands(t *testing.T) [][]string {
	t.Helper()
	var all [][]string
	for _, f := range installPage(t) {
		if f.language != "" {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(f.text, "\\\n", " ")) {
			all = append(all, strings.Fields(line))
		}
	}
	return all
}

// TestInstallPageValues: each file of values on the page renders.
func TestInstallPageValues(t *testing.T) {
	shown := 0
	for _, f := range installPage(t) {
		if strings.HasPrefix(f.text, "# values.yaml\n") {
			out, err := template(t, f.text, "--namespace", "adx-mon-system")
			require.NoError(t, err, out)
			shown++
		}
	}
	require.GreaterOrEqual(t, shown, 5)
}

// TestInstallPageKustomization: kubectl makes of the page's kustomization what it says.
func TestInstallPageKustomization(t *testing.T) {
	dir := t.TempDir()
	base, err := filepath.Abs("base")
	require.NoError(t, err)
	base, err = filepath.Rel(dir, base)
	require.NoError(t, err)
	for _, f := range installPage(t) {
		for _, name := range []string{"kustomization.yaml", "arguments.yaml"} {
			if text, ok := strings.CutPrefix(f.text, "# "+name+"\n"); ok {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(text, "../../base", base)), 0o600))
			}
		}
	}
	b := read(t, built(t, dir))
	require.Equal(t, "region=eastus,environment=production", argument(t, b, "--cluster-labels"))
}

// TestInstallPageScaling: the scaler scales what is installed, by a metric that there
// is.
func TestInstallPageScaling(t *testing.T) {
	var scaler struct {
		Kind string
		Spec struct {
			ScaleTargetRef struct{ Kind, Name string }
			Triggers       []struct{ Metadata map[string]string }
		}
	}
	for _, f := range installPage(t) {
		if strings.Contains(f.text, "kind: ScaledObject") {
			require.NoError(t, yaml.Unmarshal([]byte(f.text), &scaler))
		}
	}
	b := read(t, files(t, "base"))
	require.Equal(t, b.StatefulSet.Kind+" "+b.StatefulSet.Name, scaler.Spec.ScaleTargetRef.Kind+" "+scaler.Spec.ScaleTargetRef.Name)
	metric := regexp.MustCompile(`adxexporter_\w+`).FindString(scaler.Spec.Triggers[0].Metadata["query"])
	require.Contains(t, rootFile(t, filepath.Join("docs", "reference", "metrics.md")), "| `"+strings.TrimSuffix(metric, "_bucket")+"` | histogram |")
}

// TestInstallPageKubectl runs the page's kubectl commands, one after the other, on a
// stand-in for a cluster. Where nobody runs pods, there is no roll-out to wait for and
// nothing to scale: that is what e2e/cluster does.
func TestInstallPageKubectl(t *testing.T) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		t.Skip("kubectl is not on this machine")
	}
	server, err := apiserver.New(apiserver.Options{CRDs: manifests.CRDs})
	require.NoError(t, err)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	t.Cleanup(server.Close) // watches first
	home, ran := t.TempDir(), 0
	for _, words := range commands(t) {
		line := strings.Join(words, " ")
		if words[0] != "kubectl" || strings.Contains(line, " rollout status ") || strings.Contains(line, " scale ") {
			continue
		}
		command := exec.CommandContext(t.Context(), kubectl, append([]string{"--server=" + listener.URL}, words[1:]...)...)
		command.Dir = ".." // the page speaks from the root
		command.Env = append(os.Environ(), "HOME="+home, "KUBECONFIG=")
		out, err := command.CombinedOutput()
		require.NoError(t, err, "%s\n%s", line, out)
		ran++
	}
	require.GreaterOrEqual(t, ran, 6)
}

// TestInstallPageHelm: Helm knows the flags of the page's commands, and what they install
// renders.
func TestInstallPageHelm(t *testing.T) {
	ran := 0
	for _, words := range commands(t) {
		if words[0] != "helm" {
			continue
		}
		var args []string
		for _, word := range words[1:] {
			args = append(args, strings.ReplaceAll(word, "manifests/chart", "chart"))
		}
		ran++
		if args[0] == "install" {
			out, err := helm(t, append(args, "--dry-run=client")...)
			require.NoError(t, err, out)
			require.Contains(t, out, "kind: StatefulSet")
			continue
		}
		// Others need a cluster; what is wrong with the flags is told before the help.
		out, err := helm(t, append(args, "--help")...)
		require.NoError(t, err, "%s: %s", strings.Join(args, " "), out)
	}
	require.GreaterOrEqual(t, ran, 4)
}

// TestInstallPageCommands: there are no others, and those of adxexporter are known.
func TestInstallPageCommands(t *testing.T) {
	flags := flagsPage(t)
	for _, words := range commands(t) {
		require.Contains(t, []string{"helm", "kubectl", "adxexporter"}, words[0])
		if words[0] == "adxexporter" {
			require.Contains(t, flags, "### adxexporter "+words[1]+" "+words[2]+"\n")
		}
	}
}
