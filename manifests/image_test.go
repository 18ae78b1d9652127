package manifests_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// instruction is a line of a Dockerfile: its first word, and the rest.
type instruction struct{ name, rest string }

// stages returns the instructions of a Dockerfile's stages, each of which begins with
// FROM.
func stages(t *testing.T, content string) [][]instruction {
	t.Helper()
	var all [][]instruction
	joined := strings.ReplaceAll(regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(content, ""), "\\\n", " ")
	for line := range strings.Lines(joined) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" {
			continue
		}
		require.Contains(t, []string{"FROM", "ARG", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "EXPOSE", "ENTRYPOINT"}, name, line)
		if name == "FROM" {
			all = append(all, nil)
		}
		require.NotEmpty(t, all, "before the first FROM: %s", line)
		all[len(all)-1] = append(all[len(all)-1], instruction{name, strings.Join(strings.Fields(rest), " ")})
	}
	return all
}

// of returns what the instructions of a name say.
func of(stage []instruction, name string) []string {
	var all []string
	for _, i := range stage {
		if i.name == name {
			all = append(all, i.rest)
		}
	}
	return all
}

// rootFile returns a file of the repository's root.
func rootFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", name))
	require.NoError(t, err)
	return string(content)
}

// TestImage: the last stage begins with nothing, gets the files that the first one has
// made, and does not run as root. It declares the ports that the manifests do.
func TestImage(t *testing.T) {
	all := stages(t, rootFile(t, "Dockerfile"))
	require.Len(t, all, 2)
	build, image := all[0], all[1]
	require.Regexp(t, `^--platform=\$BUILDPLATFORM golang:1\.\d+ AS build$`, of(build, "FROM")[0])
	require.Subset(t, of(build, "ARG"), []string{"VERSION=dev", "TARGETOS=linux", "TARGETARCH=amd64", "SOURCE_DATE_EPOCH=0"})
	made := strings.Join(of(build, "RUN"), "\n")
	require.Contains(t, made, "make build VERSION=${VERSION}")
	require.Contains(t, made, "touch --no-dereference --date=@${SOURCE_DATE_EPOCH}")
	require.Equal(t, []string{"scratch"}, of(image, "FROM"))
	require.Equal(t, []string{"--from=build /image /"}, of(image, "COPY"))
	require.Empty(t, of(image, "RUN"))
	require.Equal(t, []string{"65532:65532"}, of(image, "USER"), "a number: runAsNonRoot refuses names")
	require.Equal(t, []string{`["/adxexporter"]`}, of(image, "ENTRYPOINT"))
	require.Equal(t, []string{"8080 8081"}, of(image, "EXPOSE"))

	pod := read(t, files(t, "base")).StatefulSet.Spec.Template.Spec
	require.EqualValues(t, 65532, *pod.SecurityContext.RunAsUser)
	require.EqualValues(t, 65532, *pod.SecurityContext.RunAsGroup)
}

// TestBuildIsReproducible: no path, no time and no state of a checkout gets into a
// binary, however it is built.
func TestBuildIsReproducible(t *testing.T) {
	makefile := rootFile(t, "Makefile")
	require.Regexp(t, `(?m)^\tCGO_ENABLED=0 go build -trimpath -buildvcs=false `, makefile)
	for _, name := range []string{".goreleaser.yaml", ".ko.yaml"} {
		var file struct {
			Builds []struct{ Env, Flags []string }
		}
		require.NoError(t, yaml.Unmarshal([]byte(rootFile(t, name)), &file))
		require.Len(t, file.Builds, 1, name)
		require.Equal(t, []string{"CGO_ENABLED=0"}, file.Builds[0].Env, name)
		require.Equal(t, []string{"-trimpath", "-buildvcs=false"}, file.Builds[0].Flags, name)
	}
}

// TestVersionIsSet: everything that builds sets the variable that the program reads.
func TestVersionIsSet(t *testing.T) {
	require.Contains(t, rootFile(t, filepath.Join("cmd", "adxexporter", "app", "version.go")), "\nvar version = \"\"\n")
	for _, name := range []string{"Makefile", ".goreleaser.yaml", ".ko.yaml"} {
		require.Contains(t, rootFile(t, name), "-X github.com/adx-mon/adxexporter/cmd/adxexporter/app.version=", name)
	}
}

// TestImageContext: the image's context has all that the binary is made of, and not the
// history or what tests leave behind.
func TestImageContext(t *testing.T) {
	var ignored []string
	for line := range strings.Lines(rootFile(t, ".dockerignore")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			ignored = append(ignored, line)
		}
	}
	left := func(path string) bool {
		return slices.ContainsFunc(ignored, func(pattern string) bool {
			if suffix, ok := strings.CutPrefix(pattern, "**/"); ok {
				matched, err := filepath.Match(suffix, filepath.Base(path))
				require.NoError(t, err)
				return matched || strings.Contains(path, "/"+suffix+"/")
			}
			first, _, _ := strings.Cut(path, "/")
			whole, err := filepath.Match(pattern, first)
			require.NoError(t, err)
			return whole || path == pattern || strings.HasPrefix(path, pattern+"/")
		})
	}
	for _, needed := range []string{
		"go.mod", "go.sum", "Makefile", "cmd/adxexporter/main.go", "cmd/adxexporter/demo/exporters/use-case-1.yaml",
		"manifests/embed.go", "manifests/crd/adx-mon.azure.com_metricsexporters.yaml", "executor/kusto/client.go", "api/v1/conditions.go",
	} {
		require.False(t, left(needed), needed)
	}
	for _, unneeded := range []string{
		".git/HEAD", ".ci/run", "build/adxexporter", "docs/guide/kusto.md", "e2e/cluster/cluster.go", "README.md",
		"executor/run_test.go", "executor/testdata/backlog.story", "manifests/chart/values.yaml", "tools/run",
	} {
		require.True(t, left(unneeded), unneeded)
	}
}

// TestReleaseIsSigned: archives and images have a bill of materials, and what is
// published is signed.
func TestReleaseIsSigned(t *testing.T) {
	type step struct {
		ID, Artifacts, Cmd, Signature string
		Args                          []string
	}
	var release struct {
		Version     int
		SBOMs       []step `json:"sboms"`
		Signs       []step
		DockerSigns []step `json:"docker_signs"`
		Kos         []struct{ Build, User, SBOM string }
		Builds      []struct{ ID string }
	}
	require.NoError(t, yaml.Unmarshal([]byte(rootFile(t, ".goreleaser.yaml")), &release))
	require.Equal(t, 2, release.Version)
	require.Equal(t, "archive", release.SBOMs[0].Artifacts)
	require.Equal(t, "syft", release.SBOMs[0].Cmd)
	require.Equal(t, "checksum", release.Signs[0].Artifacts)
	require.Contains(t, release.Signs[0].Args, "--bundle=${signature}")
	require.Equal(t, "manifests", release.DockerSigns[0].Artifacts)
	for _, s := range append(release.Signs, release.DockerSigns...) {
		require.Equal(t, "cosign", s.Cmd)
		require.Contains(t, s.Args, "--yes", "nobody is there to be asked")
	}
	require.Equal(t, release.Builds[0].ID, release.Kos[0].Build)
	require.Equal(t, "65532:65532", release.Kos[0].User)
	require.Equal(t, "spdx", release.Kos[0].SBOM)
}
