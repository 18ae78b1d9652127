package v1

// Condition types of a MetricsExporter. Ready, QuerySucceeded and Delivered are
// always present; Stalled and Reconciling only while they are True (kstatus).
const (
	ConditionReady          = "Ready"
	ConditionQuerySucceeded = "QuerySucceeded"
	ConditionDelivered      = "Delivered"
	ConditionStalled        = "Stalled"
	ConditionReconciling    = "Reconciling"
)

// AnnotationRetryDeadLetters puts an exporter's dead letters back into its backlog,
// once for each new value of at most 63 characters.
const AnnotationRetryDeadLetters = "adx-mon.azure.com/retry-dead-letters"

// AnnotationRunNow has an exporter run at once, once for each new value of at most
// 63 characters: the window that is due, else the last one that is settled, for its
// values. If that succeeds, what waits in the backlog is due as well.
const AnnotationRunNow = "adx-mon.azure.com/run-now"

// Condition reasons of a MetricsExporter.
const (
	// ReasonSucceeded: the last window was queried and delivered everywhere.
	ReasonSucceeded = "Succeeded"
	// ReasonNoRows: the last window had no rows; that is not an error.
	ReasonNoRows = "NoRows"
	// ReasonNotDueYet: no window has been due so far.
	ReasonNotDueYet = "NotDueYet"
	// ReasonSuspended: spec.suspend is true.
	ReasonSuspended = "Suspended"
	// ReasonInvalidCriteria: spec.criteriaExpression cannot be evaluated.
	ReasonInvalidCriteria = "InvalidCriteria"
	// ReasonInvalidSpec: the spec does not pass the schema, so it cannot run.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonUnknownDatabase: no --kusto-endpoint names the database.
	ReasonUnknownDatabase = "UnknownDatabase"
	// ReasonInvalidQuery: Kusto cannot run the KQL as written.
	ReasonInvalidQuery = "InvalidQuery"
	// ReasonEntityMissing: an unknown database, table or column on the server.
	ReasonEntityMissing = "EntityMissing"
	// ReasonDatabaseForbidden: the identity may not read the database.
	ReasonDatabaseForbidden = "DatabaseForbidden"
	// ReasonUnauthorized: there is no valid token for the endpoint.
	ReasonUnauthorized = "Unauthorized"
	// ReasonEndpointUnavailable: the endpoint is wrong, untrusted or suspended.
	ReasonEndpointUnavailable = "EndpointUnavailable"
	// ReasonQueryThrottled: Kusto asked to wait.
	ReasonQueryThrottled = "QueryThrottled"
	// ReasonQueryTimeout: the query ran out of its time.
	ReasonQueryTimeout = "QueryTimeout"
	// ReasonQueryFailed: any other failure of the query.
	ReasonQueryFailed = "QueryFailed"
	// ReasonResultTooLarge: the answer exceeds the limits.
	ReasonResultTooLarge = "ResultTooLarge"
	// ReasonColumnMissing: the answer lacks a column of the transform.
	ReasonColumnMissing = "ColumnMissing"
	// ReasonInvalidTransform: the transform cannot work on the answer's columns.
	ReasonInvalidTransform = "InvalidTransform"
	// ReasonTooManySeries: more series than spec.limits.maxSeries.
	ReasonTooManySeries = "TooManySeries"
	// ReasonDuplicateSeries: another exporter already exposes the same series.
	ReasonDuplicateSeries = "DuplicateSeries"
	// ReasonDeliveryFailed: an output refused the last window.
	ReasonDeliveryFailed = "DeliveryFailed"
	// ReasonOutputMissing: spec.outputs names an output that the instance lacks.
	ReasonOutputMissing = "OutputMissing"
	// ReasonMissed: windows were overdue when the exporter came to run again; a
	// reason of backlog entries only.
	ReasonMissed = "Missed"
	// ReasonInLine: windows that wait for older ones, where order matters; a reason
	// of backlog entries only.
	ReasonInLine = "InLine"
	// ReasonBackfill: windows that spec.backfill asks for; a reason of backlog
	// entries only.
	ReasonBackfill = "Backfill"
	// ReasonLagging: the newest success is older than two intervals.
	ReasonLagging = "Lagging"
)
