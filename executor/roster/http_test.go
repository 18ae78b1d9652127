package roster

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// giver returns a roster that has something to hand over.
func giver(handed ...Handed) *Roster {
	r := New(Options{Log: zap.NewNop(), Partition: func(key types.NamespacedName) int32 { return number(key.Name[len(key.Name)-1:]) }})
	for _, h := range handed {
		r.handed[h.Handover.Exporter] = kept{Handed: h, until: time.Now().Add(keepFor)}
	}
	return r
}

// full is a handover with everything in it.
func full(name string) Handed {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	entry := v1.GroupStatus{Group: "g-1", Owner: "m-0/u/n", Fence: 7, Seq: 3, Watermark: new(metav1.NewTime(noon).Rfc3339Copy())}
	return Handed{
		Handover: executor.Handover{
			Exporter: named(name), UID: "u", Entry: entry, Committed: entry, CommittedAt: noon.Add(time.Second),
			Verified: 2, Shown: 2, Exact: true, Attempts: 4, Until: noon.Add(time.Minute), Hold: 1,
		},
		Series: []byte{0, 1, 2, 255},
	}
}

// getterFunc is a Getter.
type getterFunc func(pod, path string) (io.ReadCloser, error)

func (f getterFunc) Get(_ context.Context, pod, path string) (io.ReadCloser, error) {
	return f(pod, path)
}

// TestHandedByHTTP: what a client reads is what the roster has, of the partitions
// that were asked for.
func TestHandedByHTTP(t *testing.T) {
	r := giver(full("a1"), full("b2"), full("c30"))
	closed := false
	client := Client{getterFunc(func(pod, path string) (io.ReadCloser, error) {
		require.Equal(t, "m-0", pod)
		asked, err := url.Parse(path)
		require.NoError(t, err)
		require.Equal(t, Path, asked.Path)
		recorder := httptest.NewRecorder()
		r.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		require.Equal(t, http.StatusOK, recorder.Code)
		require.Equal(t, "application/gzip", recorder.Header().Get("Content-Type"))
		return &body{Reader: recorder.Body, closed: &closed}, nil
	})}
	handed, err := client.Handed(t.Context(), "m-0", []int32{1, 0})
	require.NoError(t, err)
	require.ElementsMatch(t, []Handed{full("a1"), full("c30")}, inUTC(handed))
	require.True(t, closed)
	handed, err = client.Handed(t.Context(), "m-0", []int32{5})
	require.NoError(t, err)
	require.Empty(t, handed)
}

// inUTC is what was handed over, with times in their zone.
func inUTC(handed []Handed) []Handed {
	for i := range handed {
		for _, entry := range []*v1.GroupStatus{&handed[i].Handover.Entry, &handed[i].Handover.Committed} {
			entry.Watermark = new(metav1.NewTime(entry.Watermark.UTC()))
		}
	}
	return handed
}

// body is an answer that notes its end.
type body struct {
	io.Reader

	closed *bool
}

func (b *body) Close() error {
	*b.closed = true
	return nil
}

func TestServeRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		method string
		query  string
		code   int
		want   string
	}{
		"Post":     {"nothing is changed here", http.MethodPost, "?partitions=1", http.StatusMethodNotAllowed, "only GET is answered here"},
		"None":     {"all at once would be too much", http.MethodGet, "", http.StatusBadRequest, `cannot parse partitions: "" is no partition`},
		"Text":     {"a partition is a number", http.MethodGet, "?partitions=1,x", http.StatusBadRequest, `cannot parse partitions: "x" is no partition`},
		"Negative": {"from 0", http.MethodGet, "?partitions=-1", http.StatusBadRequest, `cannot parse partitions: "-1" is no partition`},
		"Large":    {"of 32 bits", http.MethodGet, "?partitions=4294967297", http.StatusBadRequest, `cannot parse partitions: "4294967297" is no partition`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			giver().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), tc.method, Path+tc.query, http.NoBody))
			require.Equal(t, tc.code, recorder.Code, tc.reason)
			require.Equal(t, tc.want+"\n", recorder.Body.String(), tc.reason)
			if tc.code == http.StatusMethodNotAllowed {
				require.Equal(t, http.MethodGet, recorder.Header().Get("Allow"))
			}
		})
	}
}

// zipped returns texts as a peer sends them.
func zipped(t testing.TB, texts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for _, text := range texts {
		_, err := io.WriteString(w, text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func text(t testing.TB, h Handed) string {
	t.Helper()
	content, err := json.Marshal(h)
	require.NoError(t, err)
	return string(content)
}

// TestClientReads: what a peer sends in good order counts, also if the end is missing.
func TestClientReads(t *testing.T) {
	a, b := text(t, full("a1")), text(t, full("b1"))
	refused := errors.New("connection refused")
	both := zipped(t, a, b)
	long := slices.Concat(zipped(t, a), bytes.Repeat(zipped(t, strings.Repeat(" ", 1<<20)), maxSnapshot>>20), zipped(t, b))
	cases := map[string]struct {
		reason  string
		content []byte
		err     error
		want    []string
		is      error
		message string
	}{
		"Nothing":  {"it may have nothing", zipped(t), nil, nil, nil, ""},
		"Two":      {"each is an object", both, nil, []string{"a1", "b1"}, nil, ""},
		"Long":     {"what is too much is asked for again", long, nil, []string{"a1"}, nil, ""},
		"Cut":      {"and so is what was cut off", zipped(t, a, b[:10]), nil, []string{"a1"}, nil, ""},
		"CutFirst": {"but something must be there", zipped(t, a[:10]), nil, nil, io.ErrUnexpectedEOF, `cannot read what peer "m-0" hands over: `},
		"NotJSON":  {"something else answers", zipped(t, a, "<html>"), nil, nil, nil, `cannot read what peer "m-0" hands over: `},
		"NotGzip":  {"or says it plainly", []byte(a), nil, nil, gzip.ErrHeader, `cannot read what peer "m-0" hands over: `},
		"Silent":   {"or does not say it", nil, nil, nil, io.EOF, `cannot read what peer "m-0" hands over: `},
		"Refused":  {"nobody is there", nil, refused, nil, refused, "connection refused"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			closed := false
			client := Client{getterFunc(func(string, string) (io.ReadCloser, error) {
				return &body{Reader: bytes.NewReader(tc.content), closed: &closed}, tc.err
			})}
			handed, err := client.Handed(t.Context(), "m-0", []int32{1})
			require.Equal(t, tc.err == nil, closed, tc.reason)
			if tc.message != "" {
				require.ErrorContains(t, err, tc.message, tc.reason)
				require.Empty(t, handed, tc.reason)
			} else {
				require.NoError(t, err, tc.reason)
			}
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is, tc.reason)
			}
			var names []string
			for _, h := range handed {
				names = append(names, h.Handover.Exporter.Name)
			}
			require.Equal(t, tc.want, names, tc.reason)
		})
	}
}

// FuzzDecode: no answer of a peer breaks its reader, and what it takes in can be
// handed on.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(text(f, full("a1")) + text(f, full("b1"))))
	f.Add([]byte(`{"handover":{"until":"0001-01-01T00:00:00Z"}}{`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, content []byte) {
		handed, err := decode(bytes.NewReader(content))
		if err != nil {
			require.Empty(t, handed)
			return
		}
		for _, h := range handed {
			_, err := json.Marshal(h)
			require.NoError(t, err)
		}
	})
}

// FuzzParsePartitions: what is taken for partitions is what was written.
func FuzzParsePartitions(f *testing.F) {
	f.Add("1,2,1023")
	f.Add("")
	f.Add("1,,2")
	f.Add("+1")
	f.Fuzz(func(t *testing.T, query string) {
		partitions, err := parsePartitions(query)
		if err != nil {
			require.Empty(t, partitions)
			return
		}
		require.Len(t, partitions, 1+strings.Count(query, ","))
		for _, p := range partitions {
			require.GreaterOrEqual(t, p, int32(0))
		}
	})
}
