package executor

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// TestDefaultTriesOutlastAge: without limits of its own, a window that waits for a
// receiver is given up for its age and not for its tries, in order or not.
func TestDefaultTriesOutlastAge(t *testing.T) {
	object := &v1.MetricsExporter{}
	for _, inOrder := range []bool{false, true} {
		for i := range 100 {
			object.UID = types.UID(fmt.Sprint(i))
			s := settlement{situation: situation{object: object}}
			failed := delivered{sink: &scriptedSink{name: "OTLP", inOrder: inOrder}}
			var waited time.Duration
			for attempt := int32(1); attempt < maxAttempts(object); attempt++ {
				waited += s.wait(failed, attempt)
			}
			require.Greater(t, waited, maxAge(object), "uid %s, in order %t", object.UID, inOrder)
		}
	}
}
