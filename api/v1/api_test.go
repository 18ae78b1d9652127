package v1_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

func TestAddToScheme(t *testing.T) {
	scheme := runtime.NewScheme()
	require.NoError(t, v1.AddToScheme(scheme))
	for _, kind := range []string{"MetricsExporter", "MetricsExporterList", "ExporterRing", "ExporterRingList"} {
		object, err := scheme.New(v1.GroupVersion.WithKind(kind))
		require.NoError(t, err)
		require.NotNil(t, object.DeepCopyObject())
	}
}
