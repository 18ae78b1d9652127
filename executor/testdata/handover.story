# A scrape-only exporter commits now and then only. Its successor goes on from what
# is handed over: it asks nothing again, and skips no window.

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

advance by=150s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to Prometheus until 00:01:00, 1 points
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to Prometheus until 00:02:00, 1 points

release name=a within=1m
----
2m30s    released a watermark=00:02:00 seq=1 verified=1 shown=1 exact=true attempts=0 hold=0

successor
----
(nothing)

take name=a from=a
----
(nothing)

advance by=1m
----
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to Prometheus until 00:03:00, 1 points

# Without it, the last settled window is shown again first.

successor
----
(nothing)

take name=a
----
3m30s    query a [00:02:00, 00:03:00) attempt=1
3m30s    deliver a to Prometheus until 00:03:00, 1 points
3m30s    commit a seq=2 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

advance by=1m
----
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     deliver a to Prometheus until 00:04:00, 1 points
4m1s     commit a seq=3 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# What is handed over is worth nothing once somebody has written the status since.

release name=a within=1m
----
4m30s    released a watermark=00:04:00 seq=3 verified=1 shown=1 exact=true attempts=0 hold=0

elsewhere name=a watermark=00:10:00
----
(nothing)

advance by=7m
----
(nothing)

successor
----
(nothing)

take name=a from=a
----
11m30s   query a [00:10:00, 00:11:00) attempt=1
11m30s   deliver a to Prometheus until 00:11:00, 1 points
11m30s   commit a seq=5 watermark=00:11:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# Nor is what was known of a namesake.

release name=a within=1m
----
11m30s   released a watermark=00:11:00 seq=5 verified=1 shown=1 exact=true attempts=0 hold=0

apply name=a uid=2
----
11m30s   end a in Prometheus
11m30s   schema a
11m30s   query a [00:10:00, 00:11:00) attempt=1
11m30s   deliver a to Prometheus until 00:11:00, 1 points
11m30s   commit a seq=1 watermark=00:11:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
11m30s   event a FirstRunSucceeded: The first window gave 1 series.

successor
----
(nothing)

take name=a from=a
----
11m30s   query a [00:10:00, 00:11:00) attempt=1
11m30s   deliver a to Prometheus until 00:11:00, 1 points
11m30s   commit a seq=2 watermark=00:11:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# Trouble is handed over, too: the successor waits as long as the predecessor would.

kusto fail=unavailable
----
(nothing)

advance by=1m
----
12m2s    query a [00:11:00, 00:12:00) attempt=1
12m2s    commit a seq=3 watermark=00:11:00 Ready=False/EndpointUnavailable QuerySucceeded=False/EndpointUnavailable Delivered=True/Succeeded
12m2s    event a QueryFailed: EndpointUnavailable: Kusto said no.

release name=a within=1m
----
12m30s   released a watermark=00:11:00 seq=3 verified=1 shown=1 exact=false attempts=1 hold=0

kusto
----
(nothing)

successor
----
(nothing)

take name=a from=a
----
(nothing)

advance by=1m
----
13m8s    query a [00:12:00, 00:13:00) attempt=2
13m8s    deliver a to Prometheus until 00:13:00, 1 points
13m8s    commit a seq=4 watermark=00:13:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
13m8s    event a QueryRecovered: Queries succeed again; they failed with EndpointUnavailable.

# But a new spec has trouble of its own only.

kusto fail=unavailable
----
(nothing)

advance by=1m
----
14m2s    query a [00:13:00, 00:14:00) attempt=1
14m2s    commit a seq=5 watermark=00:13:00 Ready=False/EndpointUnavailable QuerySucceeded=False/EndpointUnavailable Delivered=True/Succeeded
14m2s    event a QueryFailed: EndpointUnavailable: Kusto said no.

release name=a within=1m
----
14m30s   released a watermark=00:13:00 seq=5 verified=1 shown=1 exact=true attempts=1 hold=0

kusto
----
(nothing)

successor
----
(nothing)

take name=a from=a generation=next
----
14m30s   schema a
14m30s   query a [00:13:00, 00:14:00) attempt=1
14m30s   deliver a to Prometheus until 00:14:00, 1 points
14m30s   commit a seq=6 watermark=00:14:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
14m30s   event a QueryRecovered: Queries succeed again; they failed with EndpointUnavailable.

# A query that cannot succeed as it is written is not asked again, and the status
# says so, also if the predecessor could not write it.

kusto fail=invalid
----
(nothing)

recorder error=unreachable
----
(nothing)

advance by=63s
----
15m2s    query a [00:14:00, 00:15:00) attempt=1
15m2s    refused commit a
15m7s    refused commit a
15m12s   refused commit a
15m17s   refused commit a
15m22s   refused commit a
15m27s   refused commit a
15m32s   refused commit a

release name=a within=1m
----
15m33s   released a watermark=00:14:00 seq=6 verified=2 shown=2 exact=true attempts=1 hold=2

recorder
----
(nothing)

successor
----
(nothing)

take name=a from=a
----
(nothing)

advance by=1h
----
15m37s   commit a seq=7 watermark=00:14:00 Ready=False/InvalidQuery QuerySucceeded=False/InvalidQuery Delivered=True/Succeeded Stalled=True/InvalidQuery
15m37s   event a QueryFailed: InvalidQuery: Kusto said no.

# Nor is an exporter that is not to be run.

apply name=a suspend=true
----
1h15m33s end a in Prometheus
1h15m33s commit a seq=8 watermark=00:14:00 Ready=False/Suspended QuerySucceeded=Unknown/Suspended Delivered=Unknown/Suspended

release name=a within=1m
----
1h15m33s released a watermark=00:14:00 seq=8 verified=2 shown=0 exact=true attempts=0 hold=0

successor
----
(nothing)

take name=a from=a
----
1h15m33s end a in Prometheus

advance by=10m
----
(nothing)

# What cannot be understood is refused, and what is meant for others is left alone.

apply name=c region=westus
----
(nothing)

apply name=d expression=[]
----
1h25m33s end d in Prometheus
1h25m33s commit d seq=1 watermark=none Ready=False/InvalidCriteria QuerySucceeded=Unknown/InvalidCriteria Delivered=Unknown/InvalidCriteria Stalled=True/InvalidCriteria
1h25m33s event d Refused: InvalidCriteria: Invalid criteria expression: the result must be bool, not list(dyn).

successor
----
(nothing)

take name=c
----
(nothing)

take name=d
----
1h25m33s end d in Prometheus
