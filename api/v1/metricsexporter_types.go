package v1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// MetricsExporter asks Kusto one question every interval and turns the rows of
// the answer into metrics.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=mex,categories=adx-mon
// +kubebuilder:selectablefield:JSONPath=`.spec.database`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Interval",type=string,JSONPath=`.spec.interval`
// +kubebuilder:printcolumn:name="Last Run",type=date,JSONPath=`.status.lastSuccessfulExecution`
// +kubebuilder:printcolumn:name="Series",type=integer,JSONPath=`.status.series`
// +kubebuilder:printcolumn:name="Backlog",type=integer,JSONPath=`.status.backlogWindows`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Owner",type=string,priority=1,JSONPath=`.status.groups[0].owner`
// +kubebuilder:printcolumn:name="Database",type=string,priority=1,JSONPath=`.spec.database`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || has(self.status)",message="status must not be removed: it holds which windows are done"
type MetricsExporter struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what to ask, when, where, and how rows become metrics.
	Spec MetricsExporterSpec `json:"spec"`
	// Status is what the instances that run the exporter know.
	Status MetricsExporterStatus `json:"status,omitempty"`
}

// MetricsExporterList is a list of MetricsExporter.
//
// +kubebuilder:object:root=true
type MetricsExporterList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []MetricsExporter `json:"items"`
}

// The durations are plain strings to the API server, not format: duration,
// because that format also takes "1d" and "5 minutes", which metav1.Duration
// does not: one such object in the store breaks every LIST. The CEL function
// duration() parses with the same code that metav1.Duration uses.
//
// The rule on the values of criteria counts to 31 because no marker can bound
// the lists in a map, and for an unbounded list the API server's cost estimate
// assumes a million values and refuses the CRD.

// MaxBackfillWindows is how many windows one request for past windows may span.
const MaxBackfillWindows = 100_000

// MetricsExporterSpec is what to ask, when, where, and how rows become metrics.
//
// +kubebuilder:validation:XValidation:rule="!has(self.backfill) || !self.interval.matches('^([0-9.]+(ms|s|m|h))+$') || (self.backfill.endTime - self.backfill.startTime).getSeconds() <= 100000 * duration(self.interval).getSeconds()",message="backfill must span at most 100000 windows: ask for a part, and for the rest once it is done",fieldPath=".backfill",reason=FieldValueInvalid
type MetricsExporterSpec struct {
	// Database is the name of the Kusto database, as in the instance's
	// --kusto-endpoint flag.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=260
	Database string `json:"database"`

	// Body is the KQL query. It sees the window as _startTime and _endTime (both
	// inclusive), _endTimeExclusive and _interval, and each cluster label as
	// _<label>.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=65536
	// +kubebuilder:validation:XValidation:rule="self.matches('\\\\S')",message="body must hold a KQL query, not only white space"
	Body string `json:"body"`

	// Interval is how often the query runs and how long its window is, as a Go
	// duration of whole seconds: 10s to 24h.
	//
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9.]+(ms|s|m|h))+$') && duration(self) >= duration('10s') && duration(self) <= duration('24h') && timestamp(int(timestamp(0) + duration(self))) == timestamp(0) + duration(self)",message="interval must be a Go duration of whole seconds from 10s to 24h, such as 30s, 5m or 1h30m"
	Interval metav1.Duration `json:"interval"`

	// IngestionDelay is how long to wait after a window's end before asking for
	// it, so that late rows are in: 0s to 24h. Default 0s.
	//
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9.]+(ms|s|m|h))+$') && duration(self) <= duration('24h')",message="ingestionDelay must be a Go duration from 0s to 24h, such as 30s or 10m"
	IngestionDelay *metav1.Duration `json:"ingestionDelay,omitempty"`

	// QueryTimeout bounds one query on the Kusto server: 1s to 1h. Default: the
	// interval, at most 4m.
	//
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9.]+(ms|s|m|h))+$') && duration(self) >= duration('1s') && duration(self) <= duration('1h')",message="queryTimeout must be a Go duration from 1s to 1h, such as 30s or 4m"
	QueryTimeout *metav1.Duration `json:"queryTimeout,omitempty"`

	// Suspend stops the exporter: no query, no push, its series disappear. The
	// backlog is kept.
	//
	// +optional
	Suspend bool `json:"suspend,omitempty"`

	// Criteria are the cluster labels an instance must have to run this
	// exporter: every key must match, with any of its values. Case-insensitive.
	// Empty means every instance.
	//
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.size() >= 1 && k.size() <= 128)",message="a criteria key must have 1 to 128 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(k, self[k].size() >= 1 && self[k].size() <= 32)",message="a criteria key must have 1 to 32 values"
	// +kubebuilder:validation:XValidation:rule="self.all(k, [0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31].all(i, i >= self[k].size() || (self[k][i].size() >= 1 && self[k][i].size() <= 256)))",message="a criteria value must have 1 to 256 characters"
	Criteria map[string][]string `json:"criteria,omitempty"`

	// CriteriaExpression is a CEL expression over the instance's cluster labels
	// that must hold too: labels["region"] == "eastus", or region == "eastus".
	// An absent label is "". Case-insensitive.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	CriteriaExpression string `json:"criteriaExpression,omitempty"`

	// Outputs are the outputs that get these metrics. Empty means all that the
	// instance has.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=3
	Outputs []Output `json:"outputs,omitempty"`

	// Transform says which columns become name, value, time and labels.
	Transform TransformConfig `json:"transform"`

	// Limits bound the answer.
	//
	// +optional
	Limits *Limits `json:"limits,omitempty"`

	// Retry bounds how often and how long a failed window is tried again.
	//
	// +optional
	Retry *Retry `json:"retry,omitempty"`

	// Backfill asks for a range of past windows to be run.
	//
	// +optional
	Backfill *Backfill `json:"backfill,omitempty"`
}

// Output is a way out for metrics.
//
// +kubebuilder:validation:Enum=Prometheus;OTLP;RemoteWrite
type Output string

// The outputs.
const (
	OutputPrometheus  Output = "Prometheus"
	OutputOTLP        Output = "OTLP"
	OutputRemoteWrite Output = "RemoteWrite"
)

// MetricType is the type of the resulting metrics.
//
// +kubebuilder:validation:Enum=gauge;counter
type MetricType string

// The metric types.
const (
	MetricTypeGauge   MetricType = "gauge"
	MetricTypeCounter MetricType = "counter"
)

// TransformConfig says which columns become name, value, time and labels. An
// empty string or list is the same as an absent one.
//
// +kubebuilder:validation:XValidation:rule="(has(self.metricNameColumn) && self.metricNameColumn.size() > 0) || (has(self.defaultMetricName) && self.defaultMetricName.size() > 0)",message="set metricNameColumn or defaultMetricName: without either the metrics have no name"
// +kubebuilder:validation:XValidation:rule="(has(self.valueColumn) && self.valueColumn.size() > 0) != (has(self.valueColumns) && self.valueColumns.size() > 0)",message="set exactly one of valueColumn and valueColumns"
// +kubebuilder:validation:XValidation:rule="!has(self.valueColumn) || !has(self.labelColumns) || !(self.valueColumn in self.labelColumns)",messageExpression="'labelColumns must not contain the value column \"' + self.valueColumn + '\": each value would be a series of its own'",fieldPath=".labelColumns",reason=FieldValueInvalid
// +kubebuilder:validation:XValidation:rule="!has(self.valueColumns) || !has(self.labelColumns) || !self.valueColumns.exists(v, v in self.labelColumns)",messageExpression="'labelColumns must not contain the value column \"' + self.valueColumns.filter(v, v in self.labelColumns)[0] + '\": each value would be a series of its own'",fieldPath=".labelColumns",reason=FieldValueInvalid
// +kubebuilder:validation:XValidation:rule="!has(self.labelColumns) || !(self.timestampColumn in self.labelColumns)",messageExpression="'labelColumns must not contain the timestamp column \"' + self.timestampColumn + '\": each sample would be a series of its own'",fieldPath=".labelColumns",reason=FieldValueInvalid
// +kubebuilder:validation:XValidation:rule="!has(self.labelColumns) || !has(self.staticLabels) || !self.labelColumns.exists(c, c in self.staticLabels)",messageExpression="'staticLabels must not name the label column \"' + self.labelColumns.filter(c, c in self.staticLabels)[0] + '\"'",fieldPath=".staticLabels",reason=FieldValueInvalid
type TransformConfig struct {
	// MetricNameColumn is the column that holds the metric's name.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=256
	MetricNameColumn string `json:"metricNameColumn,omitempty"`

	// DefaultMetricName is the metric's name where there is no name column, or
	// where it is empty. Dots and dashes become underscores where the output
	// does not know them.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^([a-zA-Z_:][a-zA-Z0-9_:.\-]*)?$`
	DefaultMetricName string `json:"defaultMetricName,omitempty"`

	// MetricNamePrefix is put before every metric name, with an underscore.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^([a-zA-Z_:][a-zA-Z0-9_:.\-]*)?$`
	MetricNamePrefix string `json:"metricNamePrefix,omitempty"`

	// ValueColumn is the column that holds the value; the metric has the bare
	// name. Exactly one of valueColumn and valueColumns is set.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=256
	ValueColumn string `json:"valueColumn,omitempty"`

	// ValueColumns are columns that each become a metric of their own, named
	// <prefix>_<name>_<column>, as Azure/adx-mon does.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	ValueColumns []string `json:"valueColumns,omitempty"`

	// TimestampColumn is the datetime column that holds the sample's time.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	TimestampColumn string `json:"timestampColumn"`

	// LabelColumns are the columns that become labels.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	LabelColumns []string `json:"labelColumns,omitempty"`

	// StaticLabels are added to every series.
	//
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.size() <= 128 && k.matches('^[a-zA-Z_][a-zA-Z0-9_]*$') && !k.startsWith('__'))",message="a static label's name must match [a-zA-Z_][a-zA-Z0-9_]*, must not start with __, and has at most 128 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(k, self[k].size() >= 1 && self[k].size() <= 256)",message="a static label's value must have 1 to 256 characters"
	StaticLabels map[string]string `json:"staticLabels,omitempty"`

	// Help is the metrics' help text.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Help string `json:"help,omitempty"`

	// Unit is the metrics' unit, as in OpenMetrics and OTLP: seconds, bytes.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Unit string `json:"unit,omitempty"`

	// Type is the metrics' type: gauge (default) or counter.
	//
	// +optional
	Type MetricType `json:"type,omitempty"`
}

// Limits bound one window's answer.
type Limits struct {
	// MaxRows is how many rows an answer may have. More fail the window.
	// Default 50000.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	MaxRows int64 `json:"maxRows,omitempty"`

	// MaxSeries is how many series the exporter may expose. More are left out,
	// and the condition says so. Default 50000.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	MaxSeries int64 `json:"maxSeries,omitempty"`
}

// Retry bounds how often and how long a failed window is tried again.
type Retry struct {
	// MaxAttempts is how often a window is tried before it is a dead letter.
	// Default 400, which is more than fit into 24 h.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	MaxAttempts int32 `json:"maxAttempts,omitempty"`

	// MaxAge is how old a window may become before it is a dead letter: 1m to
	// 720h. Default 24h.
	//
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9.]+(ms|s|m|h))+$') && duration(self) >= duration('1m') && duration(self) <= duration('720h')",message="maxAge must be a Go duration from 1m to 720h, such as 30m or 24h"
	MaxAge *metav1.Duration `json:"maxAge,omitempty"`
}

// Backfill is a request to run past windows, at most MaxBackfillWindows of them.
//
// +kubebuilder:validation:XValidation:rule="self.endTime > self.startTime",message="endTime must be after startTime",fieldPath=".endTime",reason=FieldValueInvalid
type Backfill struct {
	// RequestID names the request; a new one starts a new backfill.
	//
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9]([a-zA-Z0-9_.\-]*[a-zA-Z0-9])?$`
	RequestID string `json:"requestId"`

	// StartTime is where the range begins. Only whole windows are run.
	StartTime metav1.Time `json:"startTime"`

	// EndTime is where the range ends, exclusively.
	EndTime metav1.Time `json:"endTime"`

	// MaxInFlight is how many of its windows may be in flight: they are asked for at
	// once, and delivered one after the other, oldest first. A process has at most
	// four windows of the past in flight, those of all its exporters together.
	// Default 1.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=20
	MaxInFlight int32 `json:"maxInFlight,omitempty"`
}

// MetricsExporterStatus is what the instances that run the exporter know.
//
// Removing an entry of groups is refused here and not on the list, because a
// list that is gone altogether has no rule left to run.
//
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.groups) || oldSelf.groups.size() == 0 || (has(self.groups) && oldSelf.groups.all(o, self.groups.exists(s, s.group == o.group)))",message="an entry of groups must not be removed: it holds which windows are done",fieldPath=".groups",reason=FieldValueForbidden
type MetricsExporterStatus struct {
	// ObservedGeneration is the newest generation that every group has seen.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// Conditions summarise all groups.
	//
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// LastSuccessfulExecution is the end of the newest window that succeeded in
	// every group.
	//
	// +optional
	LastSuccessfulExecution *metav1.Time `json:"lastSuccessfulExecution,omitempty"`

	// BacklogWindows is how many windows wait for another try, over all groups.
	//
	// +optional
	BacklogWindows int64 `json:"backlogWindows,omitempty"`

	// Series is how many series the last windows had, over all groups.
	//
	// +optional
	Series int64 `json:"series,omitempty"`

	// Groups is what each cluster-label set knows of this exporter. Sixteen full
	// entries stay below etcd's limit of 1.5 MiB for an object.
	//
	// +optional
	// +listType=map
	// +listMapKey=group
	// +kubebuilder:validation:MaxItems=16
	Groups []GroupStatus `json:"groups,omitempty"`
}

// GroupStatus is what one cluster-label set knows of an exporter. It is written
// by the replica that owns the exporter in that set, and by nobody else: the
// rules make the API server refuse the write of a replica that lost its right.
//
// +kubebuilder:validation:XValidation:rule="self.fence >= oldSelf.fence",message="fenced: fence must not decrease",fieldPath=".fence",reason=FieldValueForbidden
// +kubebuilder:validation:XValidation:rule="self.fence > oldSelf.fence || self.owner == oldSelf.owner",message="fenced: a new owner needs a higher fence",fieldPath=".owner",reason=FieldValueForbidden
// +kubebuilder:validation:XValidation:rule="self.seq == oldSelf.seq + 1 || self == oldSelf",message="stale: seq must be one more than the stored seq",fieldPath=".seq",reason=FieldValueForbidden
// +kubebuilder:validation:XValidation:rule="self.?rewind.orValue(0) >= oldSelf.?rewind.orValue(0)",message="stale: rewind must not decrease",fieldPath=".rewind",reason=FieldValueForbidden
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.watermark) || (has(self.watermark) && self.watermark >= oldSelf.watermark) || self.?rewind.orValue(0) > oldSelf.?rewind.orValue(0)",message="stale: watermark must not go back unless rewind grows",fieldPath=".watermark",reason=FieldValueForbidden
type GroupStatus struct {
	// Group is the hash of the cluster-label set.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Group string `json:"group"`

	// Labels is the cluster-label set, sorted, as key=value pairs.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=4096
	Labels string `json:"labels,omitempty"`

	// Owner is the replica that wrote this entry: pod/uid/nonce.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Owner string `json:"owner"`

	// Fence is the right under which Owner wrote; it never decreases.
	//
	// +kubebuilder:validation:Minimum=0
	Fence int64 `json:"fence"`

	// Seq counts this entry's writes.
	//
	// +kubebuilder:validation:Minimum=0
	Seq int64 `json:"seq"`

	// Rewind counts how often Watermark was moved back on purpose.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	Rewind int64 `json:"rewind,omitempty"`

	// ObservedGeneration is the generation this entry speaks of.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// Watermark is the end of the newest window that is settled: every window
	// that ends at or before it is published, in the backlog, or a dead letter.
	//
	// +optional
	Watermark *metav1.Time `json:"watermark,omitempty"`

	// LastSuccessfulExecution is the end of the newest window that succeeded.
	//
	// +optional
	LastSuccessfulExecution *metav1.Time `json:"lastSuccessfulExecution,omitempty"`

	// Backlog are the windows that wait for another try, as ranges.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Backlog []BacklogEntry `json:"backlog,omitempty"`

	// DeadLetters are the windows that were given up, as ranges.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	DeadLetters []DeadLetter `json:"deadLetters,omitempty"`

	// DroppedWindows counts the windows whose dead letter no longer fits.
	//
	// +optional
	DroppedWindows int64 `json:"droppedWindows,omitempty"`

	// SkippedWindows counts the windows that were never asked for, because no
	// output can take a past window.
	//
	// +optional
	SkippedWindows int64 `json:"skippedWindows,omitempty"`

	// LastHandledRetry is the newest value of the annotation
	// adx-mon.azure.com/retry-dead-letters that was acted on.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=63
	LastHandledRetry string `json:"lastHandledRetry,omitempty"`

	// LastHandledRequest is the newest value of the annotation
	// adx-mon.azure.com/run-now that was acted on.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=63
	LastHandledRequest string `json:"lastHandledRequest,omitempty"`

	// Backfill is the newest request of spec.backfill.
	//
	// +optional
	Backfill *BackfillStatus `json:"backfill,omitempty"`

	// Last is the newest run.
	//
	// +optional
	Last *LastRun `json:"last,omitempty"`

	// Conditions are this group's conditions.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// BacklogEntry is a range of adjacent windows that failed for one reason.
type BacklogEntry struct {
	// StartTime is the start of the range's first window.
	StartTime metav1.Time `json:"startTime"`
	// EndTime is the end of the range's last window, exclusively.
	EndTime metav1.Time `json:"endTime"`
	// Attempts is how often the range was tried.
	//
	// +kubebuilder:validation:Minimum=0
	Attempts int32 `json:"attempts"`
	// LastAttempt is when it was last tried; absent if it never was.
	//
	// +optional
	LastAttempt *metav1.Time `json:"lastAttempt,omitempty"`
	// NextAttempt is when the range is tried again.
	//
	// +optional
	NextAttempt *metav1.Time `json:"nextAttempt,omitempty"`
	// Outputs are the endpoints that still miss the range, as output or
	// output/endpoint; empty means all.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=253
	Outputs []string `json:"outputs,omitempty"`
	// Reason is the condition reason of the last failure.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`
	// Error is the last failure's cause, cut to 256 characters.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Error string `json:"error,omitempty"`
	// Backfill is the id of the request that the range belongs to, if it does.
	// Such a range does not grow too old.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Backfill string `json:"backfill,omitempty"`
}

// BackfillStatus is how far a request for past windows is.
type BackfillStatus struct {
	// RequestID is the request's.
	//
	// +kubebuilder:validation:MaxLength=63
	RequestID string `json:"requestId"`
	// Windows is how many whole windows the request asks for.
	Windows int64 `json:"windows"`
	// Pending is how many of them wait in the backlog.
	Pending int64 `json:"pending"`
	// Message says what of the request is not done, and why.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Message string `json:"message,omitempty"`
}

// DeadLetter is a range of adjacent windows that was given up.
type DeadLetter struct {
	// StartTime is the start of the range's first window.
	StartTime metav1.Time `json:"startTime"`
	// EndTime is the end of the range's last window, exclusively.
	EndTime metav1.Time `json:"endTime"`
	// Attempts is how often the range was tried.
	//
	// +kubebuilder:validation:Minimum=0
	Attempts int32 `json:"attempts"`
	// At is when the range was given up.
	At metav1.Time `json:"at"`
	// Reason is the condition reason of the last failure.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`
	// Error is the last failure's cause, cut to 256 characters.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Error string `json:"error,omitempty"`
}

// LastRun is the newest run of an exporter in a group.
type LastRun struct {
	// At is when it ended.
	At metav1.Time `json:"at"`
	// StartTime is the start of its window.
	StartTime metav1.Time `json:"startTime"`
	// EndTime is the end of its window, exclusively.
	EndTime metav1.Time `json:"endTime"`
	// DurationMs is how long it took, in milliseconds.
	DurationMs int64 `json:"durationMs"`
	// Rows is how many rows the answer had.
	Rows int64 `json:"rows"`
	// Points is how many points were made of them.
	Points int64 `json:"points"`
	// Series is how many series the points belong to.
	Series int64 `json:"series"`
	// Dropped is how many rows became no point.
	//
	// +optional
	Dropped int64 `json:"dropped,omitempty"`
	// RequestID is the client request id of its query, for Kusto's .show queries.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=512
	RequestID string `json:"requestId,omitempty"`
}
