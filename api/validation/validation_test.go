package validation

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

const validExporter = `{
  "apiVersion": "adx-mon.azure.com/v1", "kind": "MetricsExporter",
  "metadata": {"name": "latency", "namespace": "monitoring"},
  "spec": {
    "database": "TelemetryDB", "body": "T | where Timestamp between (_startTime .. _endTime)", "interval": "5m",
    "transform": {"metricNameColumn": "name", "valueColumn": "value", "timestampColumn": "ts", "labelColumns": ["Region"]}
  }
}`

const validRing = `{
  "apiVersion": "adx-mon.azure.com/v1", "kind": "ExporterRing",
  "metadata": {"name": "gabcdefghij"},
  "spec": {"partitions": 1024, "hash": "xxhash64/1", "leaseNamespace": "adx-mon-system", "labels": "region=eastus"}
}`

func newValidator(t testing.TB) *Validator {
	t.Helper()
	v, err := New()
	require.NoError(t, err)
	return v
}

// object returns a document with JSON merge patches applied.
func object(t testing.TB, doc string, patches ...string) *unstructured.Unstructured {
	t.Helper()
	content, err := parse([]byte(doc))
	require.NoError(t, err)
	for _, patch := range patches {
		edit, err := parse([]byte(patch))
		require.NoError(t, err)
		merge(content.Object, edit.Object)
	}
	return content
}

func merge(target, patch map[string]any) {
	for key, value := range patch {
		child, isMap := value.(map[string]any)
		old, wasMap := target[key].(map[string]any)
		switch {
		case value == nil:
			delete(target, key)
		case isMap && wasMap:
			merge(old, child)
		default:
			target[key] = value
		}
	}
}

func texts(errs field.ErrorList) []string {
	var all []string
	for _, err := range errs {
		all = append(all, err.Error())
	}
	return all
}

func TestCreateAccepts(t *testing.T) {
	cases := map[string]struct{ reason, patch string }{
		"Plain":            {"the base of the other cases", `{}`},
		"UpstreamStyle":    {"CRs written for adx-mon have valueColumns", `{"spec":{"criteriaExpression":"region == 'eastus'","transform":{"valueColumn":null,"valueColumns":["avg","p95"],"defaultMetricName":"latency","metricNamePrefix":"svc"}}}`},
		"EmptyIsAbsent":    {"templates leave empty strings and lists behind", `{"spec":{"outputs":[],"criteria":{},"transform":{"valueColumns":[],"defaultMetricName":"","metricNamePrefix":""}}}`},
		"DottedName":       {"OTLP names have dots; the other outputs translate them", `{"spec":{"transform":{"defaultMetricName":"http.server-duration"}}}`},
		"TenSeconds":       {"the lower end", `{"spec":{"interval":"10s","queryTimeout":"1s","ingestionDelay":"0s"}}`},
		"OneDay":           {"the upper end", `{"spec":{"interval":"24h","queryTimeout":"1h","ingestionDelay":"24h","retry":{"maxAge":"720h"}}}`},
		"MixedUnits":       {"what metav1.Duration prints", `{"spec":{"interval":"1h30m0s","queryTimeout":"1500ms"}}`},
		"WholeSeconds":     {"a fraction that is whole seconds", `{"spec":{"interval":"0.5h"}}`},
		"LongestBackfill":  {"as many windows as are allowed", `{"spec":{"interval":"10s","backfill":{"requestId":"a","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-12T13:46:40Z"}}}`},
		"Everything":       {"all optional fields", `{"spec":{"suspend":true,"criteria":{"region":["eastus","westus"]},"outputs":["Prometheus","OTLP","RemoteWrite"],"limits":{"maxRows":1000000,"maxSeries":1},"retry":{"maxAttempts":1,"maxAge":"1m"},"backfill":{"requestId":"jan-2","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-02T00:00:00Z","maxInFlight":20},"transform":{"help":"h","unit":"seconds","type":"counter","staticLabels":{"team":"sre"}}}}`},
		"LongestBody":      {"the upper end", `{"spec":{"body":"` + strings.Repeat("x", 65536) + `"}}`},
		"StatusIsDropped":  {"a create cannot set the status", `{"status":{"groups":[{"group":""}]}}`},
		"DefaultNamespace": {"kubectl fills it in", `{"metadata":{"namespace":null}}`},
	}
	v := newValidator(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, texts(v.Create(object(t, validExporter, tc.patch))), tc.reason)
		})
	}
	require.Empty(t, texts(v.Create(object(t, validRing))))
}

func TestCreateRefuses(t *testing.T) {
	const (
		interval = `interval must be a Go duration of whole seconds from 10s to 24h, such as 30s, 5m or 1h30m`
		pattern  = `should match '^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$'`
		oneValue = `set exactly one of valueColumn and valueColumns`
		noName   = `set metricNameColumn or defaultMetricName: without either the metrics have no name`
	)
	many := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = strings.Repeat("x", i+1)
		}
		text, _ := json.Marshal(list)
		return string(text)
	}
	long := strings.Repeat("x", 300)
	cases := map[string]struct {
		patch string
		want  []string
	}{
		"NoDatabase":         {`{"spec":{"database":null}}`, []string{`spec.database: Required value`}},
		"EmptyDatabase":      {`{"spec":{"database":""}}`, []string{`spec.database: Invalid value: "": spec.database in body should be at least 1 chars long`}},
		"EmptyBody":          {`{"spec":{"body":""}}`, []string{`spec.body in body should be at least 1 chars long`}},
		"BlankBody":          {`{"spec":{"body":" \n\t"}}`, []string{`body must hold a KQL query, not only white space`}},
		"LongBody":           {`{"spec":{"body":"` + strings.Repeat("x", 65537) + `"}}`, []string{`spec.body: Too long: may not be more than 65536 bytes`}},
		"NoInterval":         {`{"spec":{"interval":null}}`, []string{`spec.interval: Required value`}},
		"IntervalNumber":     {`{"spec":{"interval":300}}`, []string{`spec.interval: Invalid value: "integer": spec.interval in body must be of type string: "integer"`}},
		"IntervalDays":       {`{"spec":{"interval":"1d"}}`, []string{pattern, interval}},
		"IntervalWords":      {`{"spec":{"interval":"5 minutes"}}`, []string{pattern, interval}},
		"IntervalEmpty":      {`{"spec":{"interval":""}}`, []string{pattern, interval}},
		"IntervalNegative":   {`{"spec":{"interval":"-5m"}}`, []string{pattern, interval}},
		"IntervalZero":       {`{"spec":{"interval":"0s"}}`, []string{interval}},
		"IntervalShort":      {`{"spec":{"interval":"9s"}}`, []string{interval}},
		"IntervalLong":       {`{"spec":{"interval":"25h"}}`, []string{interval}},
		"IntervalFraction":   {`{"spec":{"interval":"1.5s"}}`, []string{interval}},
		"IntervalMillis":     {`{"spec":{"interval":"10500ms"}}`, []string{interval}},
		"IntervalNanos":      {`{"spec":{"interval":"10.000000001s"}}`, []string{interval}},
		"IntervalOverflow":   {`{"spec":{"interval":"9223372036854775807h"}}`, []string{`spec.interval: Invalid value`}},
		"IntervalTooManyHs":  {`{"spec":{"interval":"10s` + strings.Repeat("0s", 20) + `"}}`, []string{`spec.interval: Too long`}},
		"DelayLong":          {`{"spec":{"ingestionDelay":"25h"}}`, []string{`ingestionDelay must be a Go duration from 0s to 24h, such as 30s or 10m`}},
		"DelayNegative":      {`{"spec":{"ingestionDelay":"-1s"}}`, []string{pattern}},
		"TimeoutZero":        {`{"spec":{"queryTimeout":"0s"}}`, []string{`queryTimeout must be a Go duration from 1s to 1h, such as 30s or 4m`}},
		"TimeoutLong":        {`{"spec":{"queryTimeout":"2h"}}`, []string{`queryTimeout must be a Go duration from 1s to 1h`}},
		"TimeoutWords":       {`{"spec":{"queryTimeout":"1 m"}}`, []string{pattern}},
		"MaxAgeDays":         {`{"spec":{"retry":{"maxAge":"1d"}}}`, []string{pattern}},
		"NoSeries":           {`{"spec":{"limits":{"maxSeries":0}}}`, []string{`spec.limits.maxSeries in body should be greater than or equal to 1`}},
		"BackfillNoFlight":   {`{"spec":{"backfill":{"requestId":"a","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-02T00:00:00Z","maxInFlight":0}}}`, []string{`spec.backfill.maxInFlight in body should be greater than or equal to 1`}},
		"BackfillNoID":       {`{"spec":{"backfill":{"requestId":"","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-02T00:00:00Z"}}}`, []string{`spec.backfill.requestId in body should match`}},
		"LongDatabase":       {`{"spec":{"database":"` + long + `"}}`, []string{`spec.database: Too long: may not be more than 260 bytes`}},
		"LongHelp":           {`{"spec":{"transform":{"help":"` + strings.Repeat("x", 1025) + `"}}}`, []string{`spec.transform.help: Too long`}},
		"MaxAgeShort":        {`{"spec":{"retry":{"maxAge":"59s"}}}`, []string{`maxAge must be a Go duration from 1m to 720h, such as 30m or 24h`}},
		"NoAttempts":         {`{"spec":{"retry":{"maxAttempts":0}}}`, []string{`spec.retry.maxAttempts in body should be greater than or equal to 1`}},
		"NoRows":             {`{"spec":{"limits":{"maxRows":0}}}`, []string{`spec.limits.maxRows in body should be greater than or equal to 1`}},
		"TooManySeries":      {`{"spec":{"limits":{"maxSeries":1000001}}}`, []string{`spec.limits.maxSeries in body should be less than or equal to 1000000`}},
		"UnknownOutput":      {`{"spec":{"outputs":["StatsD"]}}`, []string{`spec.outputs[0]: Unsupported value: "StatsD": supported values: "Prometheus", "OTLP", "RemoteWrite"`}},
		"OutputTwice":        {`{"spec":{"outputs":["OTLP","OTLP"]}}`, []string{`spec.outputs[1]: Duplicate value: "OTLP"`}},
		"CriteriaNoValue":    {`{"spec":{"criteria":{"region":[]}}}`, []string{`a criteria key must have 1 to 32 values`}},
		"CriteriaManyValues": {`{"spec":{"criteria":{"region":` + many(33) + `}}}`, []string{`a criteria key must have 1 to 32 values`}},
		"CriteriaEmptyValue": {`{"spec":{"criteria":{"region":["eastus",""]}}}`, []string{`a criteria value must have 1 to 256 characters`}},
		"CriteriaLongValue":  {`{"spec":{"criteria":{"region":["` + long + `"]}}}`, []string{`a criteria value must have 1 to 256 characters`}},
		"CriteriaEmptyKey":   {`{"spec":{"criteria":{"":["a"]}}}`, []string{`a criteria key must have 1 to 128 characters`}},
		"CriteriaNotAList":   {`{"spec":{"criteria":{"region":"eastus"}}}`, []string{`spec.criteria.region: Invalid value: "string": spec.criteria.region in body must be of type array: "string"`}},
		"LongExpression":     {`{"spec":{"criteriaExpression":"` + strings.Repeat("x", 2049) + `"}}`, []string{`spec.criteriaExpression: Too long`}},
		"NoTransform":        {`{"spec":{"transform":null}}`, []string{`spec.transform: Required value`}},
		"NoName":             {`{"spec":{"transform":{"metricNameColumn":null}}}`, []string{noName}},
		"EmptyName":          {`{"spec":{"transform":{"metricNameColumn":"","defaultMetricName":""}}}`, []string{noName}},
		"NoValue":            {`{"spec":{"transform":{"valueColumn":null}}}`, []string{oneValue}},
		"EmptyValue":         {`{"spec":{"transform":{"valueColumn":"","valueColumns":[]}}}`, []string{oneValue}},
		"BothValues":         {`{"spec":{"transform":{"valueColumns":["v2"]}}}`, []string{oneValue}},
		"EmptyValueColumn":   {`{"spec":{"transform":{"valueColumn":null,"valueColumns":[""]}}}`, []string{`spec.transform.valueColumns[0] in body should be at least 1 chars long`}},
		"ValueColumnTwice":   {`{"spec":{"transform":{"valueColumn":null,"valueColumns":["a","a"]}}}`, []string{`spec.transform.valueColumns[1]: Duplicate value: "a"`}},
		"NoTimestamp":        {`{"spec":{"transform":{"timestampColumn":null}}}`, []string{`spec.transform.timestampColumn: Required value`}},
		"EmptyTimestamp":     {`{"spec":{"transform":{"timestampColumn":""}}}`, []string{`spec.transform.timestampColumn in body should be at least 1 chars long`}},
		"ValueAsLabel":       {`{"spec":{"transform":{"labelColumns":["Region","value"]}}}`, []string{`spec.transform.labelColumns: Invalid value: labelColumns must not contain the value column "value": each value would be a series of its own`}},
		"ValuesAsLabel":      {`{"spec":{"transform":{"valueColumn":null,"valueColumns":["a","b"],"labelColumns":["b"]}}}`, []string{`spec.transform.labelColumns: Invalid value: labelColumns must not contain the value column "b"`}},
		"TimeAsLabel":        {`{"spec":{"transform":{"labelColumns":["ts"]}}}`, []string{`spec.transform.labelColumns: Invalid value: labelColumns must not contain the timestamp column "ts": each sample would be a series of its own`}},
		"LabelTwice":         {`{"spec":{"transform":{"labelColumns":["a","a"]}}}`, []string{`spec.transform.labelColumns[1]: Duplicate value: "a"`}},
		"EmptyLabel":         {`{"spec":{"transform":{"labelColumns":[""]}}}`, []string{`spec.transform.labelColumns[0] in body should be at least 1 chars long`}},
		"TooManyLabels":      {`{"spec":{"transform":{"labelColumns":` + many(65) + `}}}`, []string{`spec.transform.labelColumns: Too many: 65: must have at most 64 items`}},
		"BadDefaultName":     {`{"spec":{"transform":{"defaultMetricName":"1st metric"}}}`, []string{`spec.transform.defaultMetricName in body should match`}},
		"BadPrefix":          {`{"spec":{"transform":{"metricNamePrefix":"a b"}}}`, []string{`spec.transform.metricNamePrefix in body should match`}},
		"BadStaticLabel":     {`{"spec":{"transform":{"staticLabels":{"a-b":"x"}}}}`, []string{`a static label's name must match [a-zA-Z_][a-zA-Z0-9_]*, must not start with __, and has at most 128 characters`}},
		"ReservedLabel":      {`{"spec":{"transform":{"staticLabels":{"__name__":"x"}}}}`, []string{`must not start with __`}},
		"EmptyStaticLabel":   {`{"spec":{"transform":{"staticLabels":{"team":""}}}}`, []string{`a static label's value must have 1 to 256 characters`}},
		"LabelAlsoStatic":    {`{"spec":{"transform":{"staticLabels":{"Region":"x"}}}}`, []string{`spec.transform.staticLabels: Invalid value: staticLabels must not name the label column "Region"`}},
		"UnknownType":        {`{"spec":{"transform":{"type":"histogram"}}}`, []string{`spec.transform.type: Unsupported value: "histogram": supported values: "gauge", "counter"`}},
		"BackfillEmpty":      {`{"spec":{"backfill":{"requestId":"a","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-01T00:00:00Z"}}}`, []string{`spec.backfill.endTime: Invalid value: endTime must be after startTime`}},
		"BackfillBadID":      {`{"spec":{"backfill":{"requestId":"a b","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-02T00:00:00Z"}}}`, []string{`spec.backfill.requestId in body should match`}},
		"BackfillBadTime":    {`{"spec":{"backfill":{"requestId":"a","startTime":"yesterday","endTime":"2026-01-02T00:00:00Z"}}}`, []string{`spec.backfill.startTime in body must be of type date-time`}},
		"BackfillTooWide":    {`{"spec":{"backfill":{"requestId":"a","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-02T00:00:00Z","maxInFlight":21}}}`, []string{`spec.backfill.maxInFlight in body should be less than or equal to 20`}},
		"BackfillTooLong":    {`{"spec":{"interval":"10s","backfill":{"requestId":"a","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-12T13:46:41Z"}}}`, []string{`spec.backfill: Invalid value: backfill must span at most 100000 windows: ask for a part, and for the rest once it is done`}},
		"BadName":            {`{"metadata":{"name":"Not_DNS"}}`, []string{`metadata.name: Invalid value: "Not_DNS"`}},
		"NoMetadata":         {`{"metadata":null}`, []string{`metadata: Required value: an object needs a name`}},
		"BadMetadata":        {`{"metadata":{"labels":{"a":1}}}`, []string{`metadata: Invalid value`}},
		"UnknownKind":        {`{"kind":"MetricExporter"}`, []string{`kind: Invalid value: "MetricExporter": no such kind in "adx-mon.azure.com/v1"; this API has MetricsExporter and ExporterRing in "adx-mon.azure.com/v1"`}},
		"UnknownVersion":     {`{"apiVersion":"adx-mon.azure.com/v2"}`, []string{`no such kind in "adx-mon.azure.com/v2"`}},
	}
	v := newValidator(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(texts(v.Create(object(t, validExporter, tc.patch))), "\n")
			for _, want := range tc.want {
				require.Contains(t, got, want)
			}
		})
	}
}

func TestCreateRingRefuses(t *testing.T) {
	cases := map[string]struct{ patch, want string }{
		"NoPartitions":      {`{"spec":{"partitions":0}}`, `spec.partitions in body should be greater than or equal to 1`},
		"TooManyPartitions": {`{"spec":{"partitions":4097}}`, `spec.partitions in body should be less than or equal to 4096`},
		"NoHash":            {`{"spec":{"hash":""}}`, `spec.hash in body should be at least 1 chars long`},
		"NoLeaseNamespace":  {`{"spec":{"leaseNamespace":""}}`, `spec.leaseNamespace in body should be at least 1 chars long`},
		"LongLabels":        {`{"spec":{"labels":"` + strings.Repeat("x", 4097) + `"}}`, `spec.labels: Too long: may not be more than 4096 bytes`},
		"Namespaced":        {`{"metadata":{"namespace":"a"}}`, `metadata.namespace: Forbidden: not allowed on this type`},
	}
	v := newValidator(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			requireFinding(t, v.Create(object(t, validRing, tc.patch)), tc.want, "the rules of ExporterRing")
		})
	}
}

// group is a status with one entry, as the owner's commits write it.
func group(patches ...string) string {
	entry := map[string]any{
		"group": "g1", "owner": "pod-0/u/n", "fence": 10, "seq": 5, "watermark": "2026-01-01T10:00:00Z",
		"backlog": []any{map[string]any{"startTime": "2026-01-01T09:00:00Z", "endTime": "2026-01-01T09:05:00Z", "attempts": 1, "lastAttempt": "2026-01-01T09:06:00Z"}},
	}
	for _, patch := range patches {
		var edit map[string]any
		if err := json.Unmarshal([]byte(patch), &edit); err != nil {
			panic(err)
		}
		merge(entry, edit)
	}
	text, _ := json.Marshal(map[string]any{"status": map[string]any{"groups": []any{entry}}})
	return string(text)
}

func TestUpdateStatus(t *testing.T) {
	backlog := func(n int) string {
		entry := `{"startTime":"2026-01-01T09:00:00Z","endTime":"2026-01-01T09:05:00Z","attempts":1,"lastAttempt":"2026-01-01T09:06:00Z","error":"` + strings.Repeat("e", 256) + `"}`
		return `{"seq":6,"backlog":[` + strings.Repeat(entry+",", n-1) + entry + `]}`
	}
	cases := map[string]struct{ reason, old, new, want string }{
		"First":           {"a new group has nothing to compare with", `{}`, group(), ""},
		"NextWrite":       {"the plain commit", group(), group(`{"seq":6,"watermark":"2026-01-01T10:05:00Z","backlog":null}`), ""},
		"Replay":          {"an unknown outcome is resolved by the same bytes", group(), group(), ""},
		"TakenOver":       {"a new owner with a higher fence", group(), group(`{"seq":6,"fence":11,"owner":"pod-1/u/n"}`), ""},
		"Rewound":         {"a backfill moves the watermark back on purpose", group(), group(`{"seq":6,"rewind":1,"watermark":"2026-01-01T08:00:00Z"}`), ""},
		"SecondGroup":     {"groups do not touch each other", group(), `{"status":{"groups":[{"group":"g2","owner":"x","fence":1,"seq":1},{"group":"g1","owner":"pod-0/u/n","fence":10,"seq":6,"watermark":"2026-01-01T10:00:00Z"}]}}`, ""},
		"FullBacklog":     {"the upper end", group(), group(backlog(64)), ""},
		"SpecIsIgnored":   {"the status subresource leaves the spec alone", group(), `{"spec":{"interval":"1d"},` + group(`{"seq":6}`)[1:], ""},
		"Fenced":          {"an old owner writes late", group(), group(`{"seq":6,"fence":9}`), `status.groups[0].fence: Forbidden: fenced: fence must not decrease`},
		"Stolen":          {"same fence, other owner", group(), group(`{"seq":6,"owner":"pod-1/u/n"}`), `status.groups[0].owner: Forbidden: fenced: a new owner needs a higher fence`},
		"Stale":           {"somebody wrote in between", group(), group(`{"seq":7}`), `status.groups[0].seq: Forbidden: stale: seq must be one more than the stored seq`},
		"NotAReplay":      {"same seq, other content", group(), group(`{"watermark":"2026-01-01T10:05:00Z"}`), `stale: seq must be one more than the stored seq`},
		"WatermarkBack":   {"windows would run twice", group(), group(`{"seq":6,"watermark":"2026-01-01T09:55:00Z"}`), `status.groups[0].watermark: Forbidden: stale: watermark must not go back unless rewind grows`},
		"WatermarkGone":   {"removal is going back", group(), group(`{"seq":6,"watermark":null}`), `watermark must not go back unless rewind grows`},
		"RewindBack":      {"a rewind must not be usable twice", group(`{"rewind":2}`), group(`{"seq":6,"rewind":1}`), `stale: rewind must not decrease`},
		"EntryRemoved":    {"a merge patch with an empty list", group(), `{"status":{"groups":[]}}`, `status.groups: Forbidden: an entry of groups must not be removed: it holds which windows are done`},
		"ListRemoved":     {"a merge patch with null", group(), `{"status":{"groups":null}}`, `an entry of groups must not be removed`},
		"StatusRemoved":   {"the whole status", group(), `{"status":null}`, `status must not be removed: it holds which windows are done`},
		"GroupTwice":      {"one entry per cluster-label set", group(), `{"status":{"groups":[{"group":"g1","owner":"pod-0/u/n","fence":10,"seq":6},{"group":"g1","owner":"x","fence":1,"seq":1}]}}`, `status.groups[1]: Duplicate value`},
		"BacklogTooLong":  {"beyond the object's size", group(), group(backlog(65)), `status.groups[0].backlog: Too many: 65: must have at most 64 items`},
		"ErrorTooLong":    {"cut it before", group(), group(strings.Replace(backlog(1), `"error":"`, `"error":"x`, 1)), `status.groups[0].backlog[0].error: Too long`},
		"EmptyOwner":      {"as above", group(), group(`{"seq":6,"fence":11,"owner":""}`), `status.groups[0].owner in body should be at least 1 chars long`},
		"EmptyGroup":      {"a group is a hash", `{}`, group(`{"group":""}`), `status.groups[0].group in body should be at least 1 chars long`},
		"NoOwner":         {"an entry without an owner fences nobody", group(), group(`{"seq":6,"owner":null}`), `status.groups[0].owner: Required value`},
		"UnknownKindIsIt": {"no rules, no pass", group(), `{"kind":"X"}`, `kind: Invalid value: "X"`},
	}
	v := newValidator(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			old, updated := object(t, validExporter, tc.old), object(t, validExporter, tc.old, tc.new)
			requireFinding(t, v.UpdateStatus(updated, old), tc.want, tc.reason)
		})
	}
}

func TestRingTransitions(t *testing.T) {
	const status = `{"status":{"epoch":100,"term":3,"members":[{"name":"pod-0","identity":"pod-0/u/n"}],"table":"AAA="}}`
	cases := map[string]struct{ reason, old, new, want string }{
		"First":          {"an epoch may start anywhere: unix milliseconds", `{}`, status, ""},
		"FromEmpty":      {"an empty status has no epoch", `{"status":{}}`, status, ""},
		"Next":           {"the next assignment", status, `{"status":{"epoch":101,"table":"BBB="}}`, ""},
		"Replay":         {"the same bytes again", status, status, ""},
		"NewLeader":      {"a term may jump", status, `{"status":{"epoch":101,"term":7}}`, ""},
		"Skipped":        {"two leaders interleaved", status, `{"status":{"epoch":102}}`, `status: Forbidden: stale: epoch must be one more than the stored epoch`},
		"Back":           {"an old leader", status, `{"status":{"epoch":99}}`, `stale: epoch must be one more than the stored epoch`},
		"Silent":         {"an assignment without a new epoch", status, `{"status":{"table":"BBB="}}`, `stale: epoch must be one more than the stored epoch`},
		"EpochRemoved":   {"removal is going back", status, `{"status":{"epoch":null}}`, `stale: epoch must be one more than the stored epoch`},
		"TermBack":       {"an old leader with a new epoch", status, `{"status":{"epoch":101,"term":2}}`, `stale: term must not decrease`},
		"NamelessMember": {"a member is a pod", status, `{"status":{"epoch":101,"members":[{"name":"","identity":"x"}]}}`, `status.members[0].name in body should be at least 1 chars long`},
		"NoIdentity":     {"a member is a process", status, `{"status":{"epoch":101,"members":[{"name":"pod-0","identity":""}]}}`, `status.members[0].identity in body should be at least 1 chars long`},
		"StatusRemoved":  {"fences would start again", status, `{"status":null}`, `status must not be removed: it is the assignment that replicas act on`},
	}
	v := newValidator(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			old, updated := object(t, validRing, tc.old), object(t, validRing, tc.old, tc.new)
			requireFinding(t, v.UpdateStatus(updated, old), tc.want, tc.reason)
		})
	}
}

func TestUpdate(t *testing.T) {
	cases := map[string]struct{ reason, base, old, new, want string }{
		"SpecEdit":        {"an exporter may change", validExporter, `{}`, `{"spec":{"interval":"1m"}}`, ""},
		"StatusKept":      {"the main resource cannot touch the status", validExporter, group(), `{"status":null}`, ""},
		"BadEdit":         {"the rules hold for updates", validExporter, `{}`, `{"spec":{"interval":"1d"}}`, `spec.interval: Invalid value: "1d"`},
		"OldFaultPasses":  {"what was stored before a rule came may stay", validExporter, `{"spec":{"interval":"1s"}}`, `{"spec":{"suspend":true}}`, ""},
		"OldFaultTouched": {"an edit of the faulty field is checked", validExporter, `{"spec":{"interval":"1s"}}`, `{"spec":{"interval":"2s"}}`, "interval must be"},
		"RingSpec":        {"replicas would disagree on partitions", validRing, `{}`, `{"spec":{"partitions":512}}`, `spec: Forbidden: spec is immutable: delete the ring to change it`},
		"UnknownKind":     {"no rules, no pass", validRing, `{}`, `{"kind":"X"}`, `kind: Invalid value: "X"`},
	}
	v := newValidator(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			old, updated := object(t, tc.base, tc.old), object(t, tc.base, tc.old, tc.new)
			requireFinding(t, v.Update(updated, old), tc.want, tc.reason)
		})
	}
}

// requireFinding expects a finding that contains want, or none if it is empty.
func requireFinding(t *testing.T, errs field.ErrorList, want, reason string) {
	t.Helper()
	if want == "" {
		require.Empty(t, texts(errs), reason)
		return
	}
	require.Contains(t, strings.Join(texts(errs), "\n"), want, reason)
}

// TestCompileRefuses covers CRDs that a careless edit of the manifests could
// embed.
func TestCompileRefuses(t *testing.T) {
	crd := func(version, schema string) string {
		return `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","spec":{"group":"g","scope":"Cluster","names":{"kind":"K","plural":"ks"},"versions":[{"name":"` + version + `"` + schema + `}]}}`
	}
	cases := map[string]struct{ doc, want string }{
		"NotYAML":       {"{", "did not find expected"},
		"UnknownField":  {`{"specs":{}}`, `unknown field "specs"`},
		"NoSchema":      {crd("v1", ""), "cannot find schema of g/v1, Kind=K: the CRD has none"},
		"NotStructural": {crd("v1", `,"schema":{"openAPIV3Schema":{"type":"object","patternProperties":{"a":{"type":"string"}}}}`), "cannot make schema of g/v1, Kind=K structural"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, newValidator(t).add([]byte(tc.doc)), tc.want)
		})
	}
}

func TestUnknownFields(t *testing.T) {
	v := newValidator(t)
	typo := object(t, validExporter, `{"spec":{"query":"T","transform":{"labelColumn":"a"}}}`)
	require.ElementsMatch(t, []string{`spec.query: Forbidden: unknown field`, `spec.transform.labelColumn: Forbidden: unknown field`}, texts(v.UnknownFields(typo)))
	require.Empty(t, texts(v.Create(typo)), "the API server drops unknown fields")
	require.Empty(t, texts(v.UnknownFields(object(t, validExporter, group()))))
	require.NotEmpty(t, v.UnknownFields(object(t, `{"kind":"X"}`)))
}

func TestDecode(t *testing.T) {
	v := newValidator(t)
	exporter, err := v.Decode([]byte(validExporter))
	require.NoError(t, err)
	require.Equal(t, "latency", exporter.Name)
	require.Equal(t, "5m0s", exporter.Spec.Interval.Duration.String())

	cases := map[string]struct {
		doc, want string
		invalid   bool
	}{
		"Empty":        {"# nothing\n", "cannot parse document: it is empty", false},
		"NotYAML":      {"a: [", "cannot parse document: ", false},
		"Scalar":       {"hello", "cannot parse document: ", false},
		"KeyTwice":     {"spec: {}\nspec: {}\n", `key "spec" already set in map`, false},
		"OtherKind":    {validRing, `kind: Unsupported value: "ExporterRing": supported values: "MetricsExporter"`, true},
		"NoKind":       {"a: b", "no such kind", true},
		"UnknownField": {strings.Replace(validExporter, `"database"`, `"db": 1, "database"`, 1), "spec.db: Forbidden: unknown field", true},
		"Invalid":      {strings.Replace(validExporter, `"5m"`, `"1d"`, 1), "interval must be a Go duration", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := v.Decode([]byte(tc.doc))
			require.ErrorContains(t, err, tc.want)
			var invalid *InvalidError
			require.Equal(t, tc.invalid, errors.As(err, &invalid))
		})
	}
}

// yamlBlock is a fenced block of YAML in Markdown.
var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestSourceDocument takes every exporter and every transform that the source
// document prints, byte for byte.
func TestSourceDocument(t *testing.T) {
	doc, err := os.ReadFile("testdata/kusto-to-metrics.md")
	require.NoError(t, err)
	v := newValidator(t)
	var names []string
	transforms := 0
	for _, match := range yamlBlock.FindAllStringSubmatch(string(doc), -1) {
		switch block := match[1]; {
		case strings.Contains(block, "kind: MetricsExporter\n"):
			exporter, err := v.Decode([]byte(block))
			require.NoError(t, err, block)
			names = append(names, exporter.Name)
			requireRoundTrip(t, v, exporter)
		case strings.HasPrefix(block, "transform:"):
			transforms++
			edited := object(t, validExporter, `{"spec":{"transform":null}}`)
			snippet, err := parse([]byte(block))
			require.NoError(t, err)
			merge(edited.Object, map[string]any{"spec": snippet.Object})
			require.Empty(t, texts(v.Create(edited)), block)
		}
	}
	require.Equal(t, []string{"service-response-times", "service-response-times", "customer-analytics", "infrastructure-monitoring", "global-error-rates"}, names)
	require.Equal(t, 2, transforms)
}

// TestNoFieldIsLost takes an object with every field set from YAML to Go and
// back: the schema, the Go types and their JSON names agree.
func TestNoFieldIsLost(t *testing.T) {
	doc, err := os.ReadFile("testdata/everything.yaml")
	require.NoError(t, err)
	full, err := parse(doc)
	require.NoError(t, err)
	require.Empty(t, texts(newValidator(t).UnknownFields(full)))
	var exporter v1.MetricsExporter
	require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructured(full.Object, &exporter))
	require.Empty(t, zeroFields(reflect.ValueOf(exporter.Spec), "spec"), "testdata/everything.yaml lacks these")
	require.Empty(t, zeroFields(reflect.ValueOf(exporter.Status), "status"), "testdata/everything.yaml lacks these")
	again, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&exporter)
	require.NoError(t, err)
	require.Equal(t, full.Object, again)
}

// zeroFields returns the paths of this API's fields that are not set.
func zeroFields(value reflect.Value, path string) []string {
	var zero []string
	switch {
	case value.IsZero():
		return []string{path}
	case value.Kind() == reflect.Pointer:
		return zeroFields(value.Elem(), path)
	case value.Kind() == reflect.Slice:
		return zeroFields(value.Index(0), path+"[0]")
	case value.Kind() == reflect.Struct && value.Type().PkgPath() == reflect.TypeFor[v1.Backfill]().PkgPath():
		for field, child := range value.Fields() {
			zero = append(zero, zeroFields(child, path+"."+field.Name)...)
		}
	}
	return zero
}

// requireRoundTrip expects that no field is lost on the way out and in again.
func requireRoundTrip(t *testing.T, v *Validator, exporter *v1.MetricsExporter) {
	t.Helper()
	text, err := json.Marshal(exporter)
	require.NoError(t, err)
	again, err := v.Decode(text)
	require.NoError(t, err)
	require.Equal(t, exporter, again)
}

func BenchmarkCreate(b *testing.B) {
	v := newValidator(b)
	exporter := object(b, validExporter)
	b.ReportAllocs()
	for b.Loop() {
		if errs := v.Create(exporter); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
