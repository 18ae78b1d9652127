# KQL that cannot run as written is asked once. Only a new spec helps.

kusto fail=invalid
----
(nothing)

apply name=a
----
0s       schema a
0s       commit a seq=1 watermark=none Ready=False/InvalidQuery QuerySucceeded=False/InvalidQuery Delivered=Unknown/NotDueYet Stalled=True/InvalidQuery
0s       event a QueryFailed: InvalidQuery: Kusto said no.

advance by=1h
----
(nothing)

status name=a
----
1h0m0s   status a Ready=False/InvalidQuery generation=1 "Kusto said no."
1h0m0s   status a QuerySucceeded=False/InvalidQuery generation=1 "Kusto said no."
1h0m0s   status a Delivered=Unknown/NotDueYet generation=1 "No window has been delivered yet."
1h0m0s   status a Stalled=True/InvalidQuery generation=1 "Kusto said no."
1h0m0s   status a last success none, skipped 0, backlog 0, series 0

kusto
----
(nothing)

apply name=a interval=2m
----
1h0m0s   schema a
1h0m0s   query a [00:58:00, 01:00:00) attempt=1
1h0m0s   deliver a to Prometheus until 01:00:00, 1 points
1h0m0s   commit a seq=2 watermark=01:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1h0m0s   event a FirstRunSucceeded: The first window gave 1 series.

# An answer that is too large gives up its own window only: a dead letter at once.
# A second one right after it joins the range.

kusto fail=toolarge times=2
----
(nothing)

advance by=6m
----
1h2m1s   query a [01:00:00, 01:02:00) attempt=1
1h2m1s   commit a seq=3 watermark=01:02:00 Ready=False/ResultTooLarge QuerySucceeded=False/ResultTooLarge Delivered=True/Succeeded
1h2m1s   event a QueryFailed: ResultTooLarge: Kusto said no.
1h2m1s   event a WindowDeadLettered: A window was given up after 1 attempts, ResultTooLarge: Kusto said no.
1h4m1s   query a [01:02:00, 01:04:00) attempt=1
1h4m1s   commit a seq=4 watermark=01:04:00 Ready=False/ResultTooLarge QuerySucceeded=False/ResultTooLarge Delivered=True/Succeeded

status name=a
----
1h6m0s   status a Ready=False/ResultTooLarge generation=2 "Kusto said no."
1h6m0s   status a QuerySucceeded=False/ResultTooLarge generation=2 "Kusto said no."
1h6m0s   status a Delivered=True/Succeeded generation=2 "Every output has the last window."
1h6m0s   status a last success 01:00:00, skipped 0, backlog 0, series 1
1h6m0s   status a dead letter [01:00:00, 01:04:00) attempts=1 ResultTooLarge: Kusto said no.

# A missing column names those available, and is looked for again now and then.

kusto columns=time,Wert
----
(nothing)

apply name=b
----
1h6m0s   schema b
1h6m0s   commit b seq=1 watermark=none Ready=False/ColumnMissing QuerySucceeded=False/ColumnMissing Delivered=Unknown/NotDueYet Stalled=True/ColumnMissing
1h6m0s   event b QueryFailed: ColumnMissing: Column "value" (valueColumn) is not in the answer; it has: time, Wert.

advance by=4m
----
1h6m1s   query a [01:04:00, 01:06:00) attempt=1
1h6m1s   commit a seq=5 watermark=01:04:00 Ready=False/ColumnMissing QuerySucceeded=False/ColumnMissing Delivered=True/Succeeded Stalled=True/ColumnMissing
1h6m1s   event a QueryFailed: ColumnMissing: Column "value" (valueColumn) is not in the answer; it has: time, Wert.
1h7m7s   query a [01:04:00, 01:06:00) attempt=2
1h7m7s   schema b
1h8m46s  query a [01:06:00, 01:08:00) attempt=3
1h9m8s   schema b

status name=b
----
1h10m0s  status b Ready=False/ColumnMissing generation=1 "Column \"value\" (valueColumn) is not in the answer; it has: time, Wert."
1h10m0s  status b QuerySucceeded=False/ColumnMissing generation=1 "Column \"value\" (valueColumn) is not in the answer; it has: time, Wert."
1h10m0s  status b Delivered=Unknown/NotDueYet generation=1 "No window has been delivered yet."
1h10m0s  status b Stalled=True/ColumnMissing generation=1 "Column \"value\" (valueColumn) is not in the answer; it has: time, Wert."
1h10m0s  status b last success none, skipped 0, backlog 0, series 0

# So is a database that no flag names, a right that is missing, and a token.

kusto fail=noendpoint
----
(nothing)

apply name=c
----
1h10m0s  schema c
1h10m0s  commit c seq=1 watermark=none Ready=False/UnknownDatabase QuerySucceeded=False/UnknownDatabase Delivered=Unknown/NotDueYet Stalled=True/UnknownDatabase
1h10m0s  event c QueryFailed: UnknownDatabase: Kusto said no.

kusto fail=denied
----
(nothing)

apply name=d
----
1h10m0s  schema d
1h10m0s  commit d seq=1 watermark=none Ready=False/DatabaseForbidden QuerySucceeded=False/DatabaseForbidden Delivered=Unknown/NotDueYet Stalled=True/DatabaseForbidden
1h10m0s  event d QueryFailed: DatabaseForbidden: Kusto said no.

kusto fail=unauthorized
----
(nothing)

apply name=e
----
1h10m0s  schema e
1h10m0s  commit e seq=1 watermark=none Ready=False/Unauthorized QuerySucceeded=False/Unauthorized Delivered=Unknown/NotDueYet Reconciling=True/Unauthorized
1h10m0s  event e QueryFailed: Unauthorized: Kusto said no.

kusto fail=unavailable
----
(nothing)

apply name=f
----
1h10m0s  schema f
1h10m0s  commit f seq=1 watermark=none Ready=False/EndpointUnavailable QuerySucceeded=False/EndpointUnavailable Delivered=Unknown/NotDueYet Reconciling=True/EndpointUnavailable
1h10m0s  event f QueryFailed: EndpointUnavailable: Kusto said no.

kusto fail=missing
----
(nothing)

apply name=g
----
1h10m0s  schema g
1h10m0s  commit g seq=1 watermark=none Ready=False/EntityMissing QuerySucceeded=False/EntityMissing Delivered=Unknown/NotDueYet Reconciling=True/EntityMissing
1h10m0s  event g QueryFailed: EntityMissing: Kusto said no.

kusto fail=permanent
----
(nothing)

apply name=h
----
1h10m0s  schema h
1h10m0s  commit h seq=1 watermark=01:10:00 Ready=False/QueryFailed QuerySucceeded=False/QueryFailed Delivered=Unknown/NotDueYet
1h10m0s  event h QueryFailed: QueryFailed: Kusto said no.
1h10m0s  event h WindowDeadLettered: A window was given up after 1 attempts, QueryFailed: Kusto said no.
