# Trouble that passes is tried again with growing waits, the newest window each
# time; what was shown stays until it is too old. Identical failures are written
# once.

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

kusto fail=transient
----
(nothing)

advance by=2m
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     commit a seq=2 watermark=00:00:00 Ready=False/QueryFailed QuerySucceeded=False/QueryFailed Delivered=True/Succeeded
1m1s     event a QueryFailed: QueryFailed: Kusto said no.
1m7s     query a [00:00:00, 00:01:00) attempt=2
1m15s    query a [00:00:00, 00:01:00) attempt=3
1m39s    query a [00:00:00, 00:01:00) attempt=4

advance by=8m
----
2m15s    query a [00:01:00, 00:02:00) attempt=5
3m24s    query a [00:02:00, 00:03:00) attempt=6
6m3s     query a [00:05:00, 00:06:00) attempt=7

status name=a
----
10m0s    status a Ready=False/QueryFailed generation=1 "Kusto said no."
10m0s    status a QuerySucceeded=False/QueryFailed generation=1 "Kusto said no."
10m0s    status a Delivered=True/Succeeded generation=1 "Every output has the last window."
10m0s    status a last success 00:00:00, skipped 0, backlog 0, series 1

kusto
----
(nothing)

advance by=6m
----
10m49s   query a [00:09:00, 00:10:00) attempt=8
10m49s   deliver a to Prometheus until 00:10:00, 1 points
10m49s   commit a seq=3 watermark=00:10:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
10m49s   event a QueryRecovered: Queries succeed again; they failed with QueryFailed.
11m1s    query a [00:10:00, 00:11:00) attempt=1
11m1s    deliver a to Prometheus until 00:11:00, 1 points
12m1s    query a [00:11:00, 00:12:00) attempt=1
12m1s    deliver a to Prometheus until 00:12:00, 1 points
13m1s    query a [00:12:00, 00:13:00) attempt=1
13m1s    deliver a to Prometheus until 00:13:00, 1 points
14m1s    query a [00:13:00, 00:14:00) attempt=1
14m1s    deliver a to Prometheus until 00:14:00, 1 points
14m1s    commit a seq=4 watermark=00:14:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
15m1s    query a [00:14:00, 00:15:00) attempt=1
15m1s    deliver a to Prometheus until 00:15:00, 1 points

# Throttling is not an attempt, and Kusto says when to come back.

kusto fail=throttled retryAfter=45s times=2
----
(nothing)

advance by=3m
----
16m1s    query a [00:15:00, 00:16:00) attempt=1
16m1s    commit a seq=5 watermark=00:15:00 Ready=False/QueryThrottled QuerySucceeded=False/QueryThrottled Delivered=True/Succeeded
16m1s    event a QueryFailed: QueryThrottled: Kusto said no.
16m46s   query a [00:15:00, 00:16:00) attempt=1
17m31s   query a [00:16:00, 00:17:00) attempt=1
17m31s   deliver a to Prometheus until 00:17:00, 1 points
17m31s   commit a seq=6 watermark=00:17:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
17m31s   event a QueryRecovered: Queries succeed again; they failed with QueryThrottled.
18m1s    query a [00:17:00, 00:18:00) attempt=1
18m1s    deliver a to Prometheus until 00:18:00, 1 points

# A query that runs out of its time three times is too heavy: its window is given
# up, and the next one gets its chance.

apply name=a interval=10m timeout=20s
----
19m0s    schema a
19m0s    query a [00:00:00, 00:10:00) attempt=1
19m0s    deliver a to Prometheus until 00:10:00, 1 points
19m0s    commit a seq=7 watermark=00:18:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

kusto takes=30s times=3
----
(nothing)

advance by=12m
----
20m1s    query a [00:18:00, 00:20:00) attempt=1
20m21s   commit a seq=8 watermark=00:18:00 Ready=False/QueryTimeout QuerySucceeded=False/QueryTimeout Delivered=True/Succeeded
20m21s   event a QueryFailed: QueryTimeout: The query ran out of its time.
20m27s   query a [00:18:00, 00:20:00) attempt=2
20m55s   query a [00:18:00, 00:20:00) attempt=3
21m15s   commit a seq=9 watermark=00:20:00 Ready=False/QueryTimeout QuerySucceeded=False/QueryTimeout Delivered=True/Succeeded
21m15s   event a WindowDeadLettered: A window was given up after 3 attempts, QueryTimeout: The query ran out of its time.
30m1s    query a [00:20:00, 00:30:00) attempt=1
30m1s    deliver a to Prometheus until 00:30:00, 1 points
30m1s    commit a seq=10 watermark=00:30:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
30m1s    event a QueryRecovered: Queries succeed again; they failed with QueryTimeout.

status name=a
----
31m0s    status a Ready=True/Succeeded generation=2 "The last window was queried and delivered."
31m0s    status a QuerySucceeded=True/Succeeded generation=2 "The last window was queried."
31m0s    status a Delivered=True/Succeeded generation=2 "Every output has the last window."
31m0s    status a last success 00:30:00, skipped 10, backlog 0, series 1
31m0s    status a dead letter [00:18:00, 00:20:00) attempts=3 QueryTimeout: The query ran out of its time.
