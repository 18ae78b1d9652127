package manifests_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// base is what kubectl apply -k manifests/base installs, without the CRDs.
type base struct {
	Namespace          corev1.Namespace
	ServiceAccount     corev1.ServiceAccount
	ClusterRole        rbacv1.ClusterRole
	Role               rbacv1.Role
	ClusterRoleBinding rbacv1.ClusterRoleBinding
	RoleBinding        rbacv1.RoleBinding
	FlowSchema         flowcontrolv1.FlowSchema
	Service            corev1.Service
	StatefulSet        appsv1.StatefulSet
	Budget             policyv1.PodDisruptionBudget
	// customResources are the names of the CRDs.
	customResources []string
}

// read reads every object, of which there is one of a kind. A field that its kind
// has not is an error.
func read(t *testing.T, documents []document) base {
	t.Helper()
	var b base
	targets := map[string]any{
		"Namespace": &b.Namespace, "ServiceAccount": &b.ServiceAccount, "ClusterRole": &b.ClusterRole, "Role": &b.Role,
		"ClusterRoleBinding": &b.ClusterRoleBinding, "RoleBinding": &b.RoleBinding, "FlowSchema": &b.FlowSchema,
		"Service": &b.Service, "StatefulSet": &b.StatefulSet, "PodDisruptionBudget": &b.Budget,
	}
	for _, d := range documents {
		if d.Kind == "CustomResourceDefinition" {
			b.customResources = append(b.customResources, d.Name)
			continue
		}
		target, found := targets[d.Kind]
		require.True(t, found, "%s %q, the only one of its kind", d.Kind, d.Name)
		require.NoError(t, yaml.UnmarshalStrict(d.content, target), "%s %q", d.Kind, d.Name)
		delete(targets, d.Kind)
	}
	require.Empty(t, targets, "kinds that nothing is of")
	return b
}

// document is one object of a file.
type document struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	content []byte
}

// files returns the objects in the files of a kustomization and of those that it
// names, which are all the files there are.
func files(t *testing.T, dir string) []document {
	t.Helper()
	var k struct{ Resources []string }
	listing := "kustomization.yaml"
	content, err := os.ReadFile(filepath.Join(dir, listing))
	if errors.Is(err, os.ErrNotExist) {
		listing = "Kustomization"
		content, err = os.ReadFile(filepath.Join(dir, listing))
	}
	require.NoError(t, err)
	require.NoError(t, yaml.UnmarshalStrict(content, &k))

	found := []string{listing}
	var documents []document
	for _, resource := range k.Resources {
		if path.Ext(resource) == "" {
			documents = append(documents, files(t, filepath.Join(dir, resource))...)
			continue
		}
		found = append(found, resource)
		content, err := os.ReadFile(filepath.Join(dir, resource))
		require.NoError(t, err)
		documents = append(documents, split(t, content)...)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		require.Contains(t, found, entry.Name(), "%s must be in %s", entry.Name(), filepath.Join(dir, listing))
	}
	return documents
}

func split(t *testing.T, content []byte) []document {
	t.Helper()
	var documents []document
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	for {
		content, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents
		}
		require.NoError(t, err)
		d := document{content: content}
		require.NoError(t, yaml.Unmarshal(content, &d))
		require.NotEmpty(t, d.Kind, "%s", content)
		documents = append(documents, d)
	}
}
