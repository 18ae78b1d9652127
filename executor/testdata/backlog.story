# An output that is down: its windows wait in the status as one range, the other
# outputs get theirs, and later windows are not held up.

sinks remoteWrite=eu
----
(nothing)

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to OTLP until 00:00:00, 1 points
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       deliver a to RemoteWrite until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

sink name=OTLP error=down
----
(nothing)

advance by=3m30s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     deliver a to Prometheus until 00:01:00, 1 points
1m1s     deliver a to RemoteWrite until 00:01:00, 1 points
1m1s     commit a seq=2 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m1s     event a DeliveryFailed: DeliveryFailed: OTLP: down
1m7s     query a [00:00:00, 00:01:00) attempt=2
1m7s     deliver a to OTLP until 00:01:00, 1 points
1m7s     commit a seq=3 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m15s    query a [00:00:00, 00:01:00) attempt=3
1m15s    deliver a to OTLP until 00:01:00, 1 points
1m15s    commit a seq=4 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m39s    query a [00:00:00, 00:01:00) attempt=4
1m39s    deliver a to OTLP until 00:01:00, 1 points
1m39s    commit a seq=5 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to OTLP until 00:02:00, 1 points
2m1s     deliver a to Prometheus until 00:02:00, 1 points
2m1s     deliver a to RemoteWrite until 00:02:00, 1 points
2m1s     commit a seq=6 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m15s    query a [00:00:00, 00:01:00) attempt=5
2m15s    deliver a to OTLP until 00:01:00, 1 points
2m15s    commit a seq=7 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to OTLP until 00:03:00, 1 points
3m1s     deliver a to Prometheus until 00:03:00, 1 points
3m1s     deliver a to RemoteWrite until 00:03:00, 1 points
3m1s     commit a seq=8 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m24s    query a [00:00:00, 00:01:00) attempt=6
3m24s    deliver a to OTLP until 00:01:00, 1 points
3m24s    commit a seq=9 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
3m30s    status a Ready=False/DeliveryFailed generation=1 "OTLP: down"
3m30s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
3m30s    status a Delivered=False/DeliveryFailed generation=1 "OTLP: down"
3m30s    status a last success 00:03:00, skipped 0, backlog 3, series 1
3m30s    status a backlog [00:00:00, 00:03:00) attempts=6 next=00:06:03 outputs=[OTLP] DeliveryFailed: Down.

# A new owner goes on with the backlog. When the output is back, every window is
# delivered once, live ones first.

restart
----
3m30s    query a [00:02:00, 00:03:00) attempt=1
3m30s    deliver a to Prometheus until 00:03:00, 1 points
3m30s    commit a seq=10 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

sink name=OTLP
----
(nothing)

advance by=2m
----
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     deliver a to OTLP until 00:04:00, 1 points
4m1s     deliver a to Prometheus until 00:04:00, 1 points
4m1s     deliver a to RemoteWrite until 00:04:00, 1 points
4m1s     commit a seq=11 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
4m1s     event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
4m1s     query a [00:00:00, 00:01:00) attempt=7
4m1s     deliver a to OTLP until 00:01:00, 1 points
4m1s     query a [00:01:00, 00:02:00) attempt=1
4m1s     deliver a to OTLP until 00:02:00, 1 points
4m1s     query a [00:02:00, 00:03:00) attempt=1
4m1s     deliver a to OTLP until 00:03:00, 1 points
4m1s     commit a seq=12 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to OTLP until 00:05:00, 1 points
5m1s     deliver a to Prometheus until 00:05:00, 1 points
5m1s     deliver a to RemoteWrite until 00:05:00, 1 points
5m1s     commit a seq=13 watermark=00:05:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

delivered to=OTLP
----
5m30s    delivered to OTLP: 6 windows from 23:59:00, 0 gaps, 0 repeated, 3 after newer ones

delivered to=RemoteWrite
----
5m30s    delivered to RemoteWrite: 6 windows from 23:59:00, 0 gaps, 0 repeated, 0 after newer ones

status name=a
----
5m30s    status a Ready=True/Succeeded generation=1 "The last window was queried and delivered."
5m30s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
5m30s    status a Delivered=True/Succeeded generation=1 "Every output has the last window."
5m30s    status a last success 00:05:00, skipped 0, backlog 0, series 1

metric name=adxexporter_backlog_windows
----
(nothing)

# An output that asks for time gets it.

sink name=OTLP error=later
----
(nothing)

advance by=90s
----
6m1s     query a [00:05:00, 00:06:00) attempt=1
6m1s     deliver a to OTLP until 00:06:00, 1 points
6m1s     deliver a to Prometheus until 00:06:00, 1 points
6m1s     deliver a to RemoteWrite until 00:06:00, 1 points
6m1s     commit a seq=14 watermark=00:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
6m1s     event a DeliveryFailed: DeliveryFailed: OTLP: later

sink name=OTLP
----
(nothing)

advance by=2m
----
7m1s     query a [00:06:00, 00:07:00) attempt=1
7m1s     deliver a to OTLP until 00:07:00, 1 points
7m1s     deliver a to Prometheus until 00:07:00, 1 points
7m1s     deliver a to RemoteWrite until 00:07:00, 1 points
7m1s     commit a seq=15 watermark=00:07:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
7m1s     event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
7m1s     query a [00:05:00, 00:06:00) attempt=2
7m1s     deliver a to OTLP until 00:06:00, 1 points
7m1s     commit a seq=16 watermark=00:07:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
8m1s     query a [00:07:00, 00:08:00) attempt=1
8m1s     deliver a to OTLP until 00:08:00, 1 points
8m1s     deliver a to Prometheus until 00:08:00, 1 points
8m1s     deliver a to RemoteWrite until 00:08:00, 1 points
8m1s     commit a seq=17 watermark=00:08:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# A window that an output will never take is a dead letter at once; the other
# output is not bothered again.

sink name=RemoteWrite error=final
----
(nothing)

advance by=1m
----
9m1s     query a [00:08:00, 00:09:00) attempt=1
9m1s     deliver a to OTLP until 00:09:00, 1 points
9m1s     deliver a to Prometheus until 00:09:00, 1 points
9m1s     deliver a to RemoteWrite until 00:09:00, 1 points
9m1s     commit a seq=18 watermark=00:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
9m1s     event a DeliveryFailed: DeliveryFailed: RemoteWrite/eu: final
9m1s     event a WindowDeadLettered: A window was given up after 1 attempts, DeliveryFailed: Final.

sink name=RemoteWrite
----
(nothing)

status name=a
----
10m0s    status a Ready=False/DeliveryFailed generation=1 "RemoteWrite/eu: final"
10m0s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
10m0s    status a Delivered=False/DeliveryFailed generation=1 "RemoteWrite/eu: final"
10m0s    status a last success 00:09:00, skipped 0, backlog 0, series 1
10m0s    status a dead letter [00:08:00, 00:09:00) attempts=1 DeliveryFailed: Final.

metric name=adxexporter_windows_given_up_total
----
10m0s    metric adxexporter_windows_given_up_total{exporter=a,namespace=ns} 1

# Kusto is down for ten minutes: the newest window is tried now and then, and what
# was missed comes after.

kusto fail=transient
----
(nothing)

advance by=10m
----
10m1s    query a [00:09:00, 00:10:00) attempt=1
10m1s    commit a seq=19 watermark=00:09:00 Ready=False/QueryFailed QuerySucceeded=False/QueryFailed Delivered=False/DeliveryFailed
10m1s    event a QueryFailed: QueryFailed: Kusto said no.
10m7s    query a [00:09:00, 00:10:00) attempt=2
10m15s   query a [00:09:00, 00:10:00) attempt=3
10m39s   query a [00:09:00, 00:10:00) attempt=4
11m15s   query a [00:10:00, 00:11:00) attempt=5
12m24s   query a [00:11:00, 00:12:00) attempt=6
15m3s    query a [00:14:00, 00:15:00) attempt=7
19m49s   query a [00:18:00, 00:19:00) attempt=8

kusto
----
(nothing)

advance by=6m
----
25m48s   query a [00:24:00, 00:25:00) attempt=9
25m48s   deliver a to OTLP until 00:25:00, 1 points
25m48s   deliver a to Prometheus until 00:25:00, 1 points
25m48s   deliver a to RemoteWrite until 00:25:00, 1 points
25m48s   commit a seq=20 watermark=00:25:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
25m48s   event a QueryRecovered: Queries succeed again; they failed with QueryFailed.
25m48s   event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
25m48s   query a [00:09:00, 00:10:00) attempt=1
25m48s   deliver a to OTLP until 00:10:00, 1 points
25m48s   deliver a to RemoteWrite until 00:10:00, 1 points
25m48s   query a [00:10:00, 00:11:00) attempt=1
25m48s   deliver a to OTLP until 00:11:00, 1 points
25m48s   deliver a to RemoteWrite until 00:11:00, 1 points
25m48s   query a [00:11:00, 00:12:00) attempt=1
25m48s   deliver a to OTLP until 00:12:00, 1 points
25m48s   deliver a to RemoteWrite until 00:12:00, 1 points
25m48s   query a [00:12:00, 00:13:00) attempt=1
25m48s   deliver a to OTLP until 00:13:00, 1 points
25m48s   deliver a to RemoteWrite until 00:13:00, 1 points
25m48s   query a [00:13:00, 00:14:00) attempt=1
25m48s   deliver a to OTLP until 00:14:00, 1 points
25m48s   deliver a to RemoteWrite until 00:14:00, 1 points
25m48s   query a [00:14:00, 00:15:00) attempt=1
25m48s   deliver a to OTLP until 00:15:00, 1 points
25m48s   deliver a to RemoteWrite until 00:15:00, 1 points
25m48s   query a [00:15:00, 00:16:00) attempt=1
25m48s   deliver a to OTLP until 00:16:00, 1 points
25m48s   deliver a to RemoteWrite until 00:16:00, 1 points
25m48s   query a [00:16:00, 00:17:00) attempt=1
25m48s   deliver a to OTLP until 00:17:00, 1 points
25m48s   deliver a to RemoteWrite until 00:17:00, 1 points
25m48s   query a [00:17:00, 00:18:00) attempt=1
25m48s   deliver a to OTLP until 00:18:00, 1 points
25m48s   deliver a to RemoteWrite until 00:18:00, 1 points
25m48s   query a [00:18:00, 00:19:00) attempt=1
25m48s   deliver a to OTLP until 00:19:00, 1 points
25m48s   deliver a to RemoteWrite until 00:19:00, 1 points
25m48s   query a [00:19:00, 00:20:00) attempt=1
25m48s   deliver a to OTLP until 00:20:00, 1 points
25m48s   deliver a to RemoteWrite until 00:20:00, 1 points
25m48s   query a [00:20:00, 00:21:00) attempt=1
25m48s   deliver a to OTLP until 00:21:00, 1 points
25m48s   deliver a to RemoteWrite until 00:21:00, 1 points
25m48s   query a [00:21:00, 00:22:00) attempt=1
25m48s   deliver a to OTLP until 00:22:00, 1 points
25m48s   deliver a to RemoteWrite until 00:22:00, 1 points
25m48s   query a [00:22:00, 00:23:00) attempt=1
25m48s   deliver a to OTLP until 00:23:00, 1 points
25m48s   deliver a to RemoteWrite until 00:23:00, 1 points
25m48s   query a [00:23:00, 00:24:00) attempt=1
25m48s   deliver a to OTLP until 00:24:00, 1 points
25m48s   deliver a to RemoteWrite until 00:24:00, 1 points
25m48s   commit a seq=21 watermark=00:25:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

delivered to=OTLP
----
26m0s    delivered to OTLP: 26 windows from 23:59:00, 0 gaps, 0 repeated, 19 after newer ones

# A limit on tries, and on age.

apply name=a maxAttempts=3
----
26m0s    schema a
26m0s    query a [00:24:00, 00:25:00) attempt=1
26m0s    deliver a to Prometheus until 00:25:00, 1 points
26m0s    commit a seq=22 watermark=00:25:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

sink name=OTLP error=down
----
(nothing)

advance by=1h
----
26m1s    query a [00:25:00, 00:26:00) attempt=1
26m1s    deliver a to OTLP until 00:26:00, 1 points
26m1s    deliver a to Prometheus until 00:26:00, 1 points
26m1s    deliver a to RemoteWrite until 00:26:00, 1 points
26m1s    commit a seq=23 watermark=00:26:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
26m1s    event a DeliveryFailed: DeliveryFailed: OTLP: down
26m7s    query a [00:25:00, 00:26:00) attempt=2
26m7s    deliver a to OTLP until 00:26:00, 1 points
26m7s    commit a seq=24 watermark=00:26:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
26m15s   query a [00:25:00, 00:26:00) attempt=3
26m15s   deliver a to OTLP until 00:26:00, 1 points
26m15s   commit a seq=25 watermark=00:26:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
26m15s   event a WindowDeadLettered: A window was given up after 3 attempts, DeliveryFailed: Down.
27m1s    query a [00:26:00, 00:27:00) attempt=1
27m1s    deliver a to OTLP until 00:27:00, 1 points
27m1s    deliver a to Prometheus until 00:27:00, 1 points
27m1s    deliver a to RemoteWrite until 00:27:00, 1 points
27m1s    commit a seq=26 watermark=00:27:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
27m7s    query a [00:26:00, 00:27:00) attempt=2
27m7s    deliver a to OTLP until 00:27:00, 1 points
27m7s    commit a seq=27 watermark=00:27:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
27m15s   query a [00:26:00, 00:27:00) attempt=3
27m15s   deliver a to OTLP until 00:27:00, 1 points
27m15s   commit a seq=28 watermark=00:27:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
28m1s    query a [00:27:00, 00:28:00) attempt=1
28m1s    deliver a to OTLP until 00:28:00, 1 points
28m1s    deliver a to Prometheus until 00:28:00, 1 points
28m1s    deliver a to RemoteWrite until 00:28:00, 1 points
28m1s    commit a seq=29 watermark=00:28:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
28m7s    query a [00:27:00, 00:28:00) attempt=2
28m7s    deliver a to OTLP until 00:28:00, 1 points
28m7s    commit a seq=30 watermark=00:28:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
28m15s   query a [00:27:00, 00:28:00) attempt=3
28m15s   deliver a to OTLP until 00:28:00, 1 points
28m15s   commit a seq=31 watermark=00:28:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
29m1s    query a [00:28:00, 00:29:00) attempt=1
29m1s    deliver a to OTLP until 00:29:00, 1 points
29m1s    deliver a to Prometheus until 00:29:00, 1 points
29m1s    deliver a to RemoteWrite until 00:29:00, 1 points
29m1s    commit a seq=32 watermark=00:29:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
29m7s    query a [00:28:00, 00:29:00) attempt=2
29m7s    deliver a to OTLP until 00:29:00, 1 points
29m7s    commit a seq=33 watermark=00:29:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
29m15s   query a [00:28:00, 00:29:00) attempt=3
29m15s   deliver a to OTLP until 00:29:00, 1 points
29m15s   commit a seq=34 watermark=00:29:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
30m1s    query a [00:29:00, 00:30:00) attempt=1
30m1s    deliver a to OTLP until 00:30:00, 1 points
30m1s    deliver a to Prometheus until 00:30:00, 1 points
30m1s    deliver a to RemoteWrite until 00:30:00, 1 points
30m1s    commit a seq=35 watermark=00:30:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
30m7s    query a [00:29:00, 00:30:00) attempt=2
30m7s    deliver a to OTLP until 00:30:00, 1 points
30m7s    commit a seq=36 watermark=00:30:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
30m15s   query a [00:29:00, 00:30:00) attempt=3
30m15s   deliver a to OTLP until 00:30:00, 1 points
30m15s   commit a seq=37 watermark=00:30:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
31m1s    query a [00:30:00, 00:31:00) attempt=1
31m1s    deliver a to OTLP until 00:31:00, 1 points
31m1s    deliver a to Prometheus until 00:31:00, 1 points
31m1s    deliver a to RemoteWrite until 00:31:00, 1 points
31m1s    commit a seq=38 watermark=00:31:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
31m7s    query a [00:30:00, 00:31:00) attempt=2
31m7s    deliver a to OTLP until 00:31:00, 1 points
31m7s    commit a seq=39 watermark=00:31:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
31m15s   query a [00:30:00, 00:31:00) attempt=3
31m15s   deliver a to OTLP until 00:31:00, 1 points
31m15s   commit a seq=40 watermark=00:31:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
32m1s    query a [00:31:00, 00:32:00) attempt=1
32m1s    deliver a to OTLP until 00:32:00, 1 points
32m1s    deliver a to Prometheus until 00:32:00, 1 points
32m1s    deliver a to RemoteWrite until 00:32:00, 1 points
32m1s    commit a seq=41 watermark=00:32:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
32m7s    query a [00:31:00, 00:32:00) attempt=2
32m7s    deliver a to OTLP until 00:32:00, 1 points
32m7s    commit a seq=42 watermark=00:32:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
32m15s   query a [00:31:00, 00:32:00) attempt=3
32m15s   deliver a to OTLP until 00:32:00, 1 points
32m15s   commit a seq=43 watermark=00:32:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
33m1s    query a [00:32:00, 00:33:00) attempt=1
33m1s    deliver a to OTLP until 00:33:00, 1 points
33m1s    deliver a to Prometheus until 00:33:00, 1 points
33m1s    deliver a to RemoteWrite until 00:33:00, 1 points
33m1s    commit a seq=44 watermark=00:33:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
33m7s    query a [00:32:00, 00:33:00) attempt=2
33m7s    deliver a to OTLP until 00:33:00, 1 points
33m7s    commit a seq=45 watermark=00:33:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
33m15s   query a [00:32:00, 00:33:00) attempt=3
33m15s   deliver a to OTLP until 00:33:00, 1 points
33m15s   commit a seq=46 watermark=00:33:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
34m1s    query a [00:33:00, 00:34:00) attempt=1
34m1s    deliver a to OTLP until 00:34:00, 1 points
34m1s    deliver a to Prometheus until 00:34:00, 1 points
34m1s    deliver a to RemoteWrite until 00:34:00, 1 points
34m1s    commit a seq=47 watermark=00:34:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
34m7s    query a [00:33:00, 00:34:00) attempt=2
34m7s    deliver a to OTLP until 00:34:00, 1 points
34m7s    commit a seq=48 watermark=00:34:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
34m15s   query a [00:33:00, 00:34:00) attempt=3
34m15s   deliver a to OTLP until 00:34:00, 1 points
34m15s   commit a seq=49 watermark=00:34:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
35m1s    query a [00:34:00, 00:35:00) attempt=1
35m1s    deliver a to OTLP until 00:35:00, 1 points
35m1s    deliver a to Prometheus until 00:35:00, 1 points
35m1s    deliver a to RemoteWrite until 00:35:00, 1 points
35m1s    commit a seq=50 watermark=00:35:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
35m7s    query a [00:34:00, 00:35:00) attempt=2
35m7s    deliver a to OTLP until 00:35:00, 1 points
35m7s    commit a seq=51 watermark=00:35:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
35m15s   query a [00:34:00, 00:35:00) attempt=3
35m15s   deliver a to OTLP until 00:35:00, 1 points
35m15s   commit a seq=52 watermark=00:35:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
36m1s    query a [00:35:00, 00:36:00) attempt=1
36m1s    deliver a to OTLP until 00:36:00, 1 points
36m1s    deliver a to Prometheus until 00:36:00, 1 points
36m1s    deliver a to RemoteWrite until 00:36:00, 1 points
36m1s    commit a seq=53 watermark=00:36:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
36m7s    query a [00:35:00, 00:36:00) attempt=2
36m7s    deliver a to OTLP until 00:36:00, 1 points
36m7s    commit a seq=54 watermark=00:36:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
36m15s   query a [00:35:00, 00:36:00) attempt=3
36m15s   deliver a to OTLP until 00:36:00, 1 points
36m15s   commit a seq=55 watermark=00:36:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
37m1s    query a [00:36:00, 00:37:00) attempt=1
37m1s    deliver a to OTLP until 00:37:00, 1 points
37m1s    deliver a to Prometheus until 00:37:00, 1 points
37m1s    deliver a to RemoteWrite until 00:37:00, 1 points
37m1s    commit a seq=56 watermark=00:37:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
37m7s    query a [00:36:00, 00:37:00) attempt=2
37m7s    deliver a to OTLP until 00:37:00, 1 points
37m7s    commit a seq=57 watermark=00:37:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
37m15s   query a [00:36:00, 00:37:00) attempt=3
37m15s   deliver a to OTLP until 00:37:00, 1 points
37m15s   commit a seq=58 watermark=00:37:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
38m1s    query a [00:37:00, 00:38:00) attempt=1
38m1s    deliver a to OTLP until 00:38:00, 1 points
38m1s    deliver a to Prometheus until 00:38:00, 1 points
38m1s    deliver a to RemoteWrite until 00:38:00, 1 points
38m1s    commit a seq=59 watermark=00:38:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
38m7s    query a [00:37:00, 00:38:00) attempt=2
38m7s    deliver a to OTLP until 00:38:00, 1 points
38m7s    commit a seq=60 watermark=00:38:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
38m15s   query a [00:37:00, 00:38:00) attempt=3
38m15s   deliver a to OTLP until 00:38:00, 1 points
38m15s   commit a seq=61 watermark=00:38:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
39m1s    query a [00:38:00, 00:39:00) attempt=1
39m1s    deliver a to OTLP until 00:39:00, 1 points
39m1s    deliver a to Prometheus until 00:39:00, 1 points
39m1s    deliver a to RemoteWrite until 00:39:00, 1 points
39m1s    commit a seq=62 watermark=00:39:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
39m7s    query a [00:38:00, 00:39:00) attempt=2
39m7s    deliver a to OTLP until 00:39:00, 1 points
39m7s    commit a seq=63 watermark=00:39:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
39m15s   query a [00:38:00, 00:39:00) attempt=3
39m15s   deliver a to OTLP until 00:39:00, 1 points
39m15s   commit a seq=64 watermark=00:39:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
40m1s    query a [00:39:00, 00:40:00) attempt=1
40m1s    deliver a to OTLP until 00:40:00, 1 points
40m1s    deliver a to Prometheus until 00:40:00, 1 points
40m1s    deliver a to RemoteWrite until 00:40:00, 1 points
40m1s    commit a seq=65 watermark=00:40:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
40m7s    query a [00:39:00, 00:40:00) attempt=2
40m7s    deliver a to OTLP until 00:40:00, 1 points
40m7s    commit a seq=66 watermark=00:40:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
40m15s   query a [00:39:00, 00:40:00) attempt=3
40m15s   deliver a to OTLP until 00:40:00, 1 points
40m15s   commit a seq=67 watermark=00:40:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
41m1s    query a [00:40:00, 00:41:00) attempt=1
41m1s    deliver a to OTLP until 00:41:00, 1 points
41m1s    deliver a to Prometheus until 00:41:00, 1 points
41m1s    deliver a to RemoteWrite until 00:41:00, 1 points
41m1s    commit a seq=68 watermark=00:41:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
41m7s    query a [00:40:00, 00:41:00) attempt=2
41m7s    deliver a to OTLP until 00:41:00, 1 points
41m7s    commit a seq=69 watermark=00:41:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
41m15s   query a [00:40:00, 00:41:00) attempt=3
41m15s   deliver a to OTLP until 00:41:00, 1 points
41m15s   commit a seq=70 watermark=00:41:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
42m1s    query a [00:41:00, 00:42:00) attempt=1
42m1s    deliver a to OTLP until 00:42:00, 1 points
42m1s    deliver a to Prometheus until 00:42:00, 1 points
42m1s    deliver a to RemoteWrite until 00:42:00, 1 points
42m1s    commit a seq=71 watermark=00:42:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
42m7s    query a [00:41:00, 00:42:00) attempt=2
42m7s    deliver a to OTLP until 00:42:00, 1 points
42m7s    commit a seq=72 watermark=00:42:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
42m15s   query a [00:41:00, 00:42:00) attempt=3
42m15s   deliver a to OTLP until 00:42:00, 1 points
42m15s   commit a seq=73 watermark=00:42:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
43m1s    query a [00:42:00, 00:43:00) attempt=1
43m1s    deliver a to OTLP until 00:43:00, 1 points
43m1s    deliver a to Prometheus until 00:43:00, 1 points
43m1s    deliver a to RemoteWrite until 00:43:00, 1 points
43m1s    commit a seq=74 watermark=00:43:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
43m7s    query a [00:42:00, 00:43:00) attempt=2
43m7s    deliver a to OTLP until 00:43:00, 1 points
43m7s    commit a seq=75 watermark=00:43:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
43m15s   query a [00:42:00, 00:43:00) attempt=3
43m15s   deliver a to OTLP until 00:43:00, 1 points
43m15s   commit a seq=76 watermark=00:43:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
44m1s    query a [00:43:00, 00:44:00) attempt=1
44m1s    deliver a to OTLP until 00:44:00, 1 points
44m1s    deliver a to Prometheus until 00:44:00, 1 points
44m1s    deliver a to RemoteWrite until 00:44:00, 1 points
44m1s    commit a seq=77 watermark=00:44:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
44m7s    query a [00:43:00, 00:44:00) attempt=2
44m7s    deliver a to OTLP until 00:44:00, 1 points
44m7s    commit a seq=78 watermark=00:44:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
44m15s   query a [00:43:00, 00:44:00) attempt=3
44m15s   deliver a to OTLP until 00:44:00, 1 points
44m15s   commit a seq=79 watermark=00:44:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
45m1s    query a [00:44:00, 00:45:00) attempt=1
45m1s    deliver a to OTLP until 00:45:00, 1 points
45m1s    deliver a to Prometheus until 00:45:00, 1 points
45m1s    deliver a to RemoteWrite until 00:45:00, 1 points
45m1s    commit a seq=80 watermark=00:45:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
45m7s    query a [00:44:00, 00:45:00) attempt=2
45m7s    deliver a to OTLP until 00:45:00, 1 points
45m7s    commit a seq=81 watermark=00:45:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
45m15s   query a [00:44:00, 00:45:00) attempt=3
45m15s   deliver a to OTLP until 00:45:00, 1 points
45m15s   commit a seq=82 watermark=00:45:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
46m1s    query a [00:45:00, 00:46:00) attempt=1
46m1s    deliver a to OTLP until 00:46:00, 1 points
46m1s    deliver a to Prometheus until 00:46:00, 1 points
46m1s    deliver a to RemoteWrite until 00:46:00, 1 points
46m1s    commit a seq=83 watermark=00:46:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
46m7s    query a [00:45:00, 00:46:00) attempt=2
46m7s    deliver a to OTLP until 00:46:00, 1 points
46m7s    commit a seq=84 watermark=00:46:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
46m15s   query a [00:45:00, 00:46:00) attempt=3
46m15s   deliver a to OTLP until 00:46:00, 1 points
46m15s   commit a seq=85 watermark=00:46:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
47m1s    query a [00:46:00, 00:47:00) attempt=1
47m1s    deliver a to OTLP until 00:47:00, 1 points
47m1s    deliver a to Prometheus until 00:47:00, 1 points
47m1s    deliver a to RemoteWrite until 00:47:00, 1 points
47m1s    commit a seq=86 watermark=00:47:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
47m7s    query a [00:46:00, 00:47:00) attempt=2
47m7s    deliver a to OTLP until 00:47:00, 1 points
47m7s    commit a seq=87 watermark=00:47:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
47m15s   query a [00:46:00, 00:47:00) attempt=3
47m15s   deliver a to OTLP until 00:47:00, 1 points
47m15s   commit a seq=88 watermark=00:47:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
48m1s    query a [00:47:00, 00:48:00) attempt=1
48m1s    deliver a to OTLP until 00:48:00, 1 points
48m1s    deliver a to Prometheus until 00:48:00, 1 points
48m1s    deliver a to RemoteWrite until 00:48:00, 1 points
48m1s    commit a seq=89 watermark=00:48:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
48m7s    query a [00:47:00, 00:48:00) attempt=2
48m7s    deliver a to OTLP until 00:48:00, 1 points
48m7s    commit a seq=90 watermark=00:48:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
48m15s   query a [00:47:00, 00:48:00) attempt=3
48m15s   deliver a to OTLP until 00:48:00, 1 points
48m15s   commit a seq=91 watermark=00:48:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
49m1s    query a [00:48:00, 00:49:00) attempt=1
49m1s    deliver a to OTLP until 00:49:00, 1 points
49m1s    deliver a to Prometheus until 00:49:00, 1 points
49m1s    deliver a to RemoteWrite until 00:49:00, 1 points
49m1s    commit a seq=92 watermark=00:49:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
49m7s    query a [00:48:00, 00:49:00) attempt=2
49m7s    deliver a to OTLP until 00:49:00, 1 points
49m7s    commit a seq=93 watermark=00:49:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
49m15s   query a [00:48:00, 00:49:00) attempt=3
49m15s   deliver a to OTLP until 00:49:00, 1 points
49m15s   commit a seq=94 watermark=00:49:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
50m1s    query a [00:49:00, 00:50:00) attempt=1
50m1s    deliver a to OTLP until 00:50:00, 1 points
50m1s    deliver a to Prometheus until 00:50:00, 1 points
50m1s    deliver a to RemoteWrite until 00:50:00, 1 points
50m1s    commit a seq=95 watermark=00:50:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
50m7s    query a [00:49:00, 00:50:00) attempt=2
50m7s    deliver a to OTLP until 00:50:00, 1 points
50m7s    commit a seq=96 watermark=00:50:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
50m15s   query a [00:49:00, 00:50:00) attempt=3
50m15s   deliver a to OTLP until 00:50:00, 1 points
50m15s   commit a seq=97 watermark=00:50:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
51m1s    query a [00:50:00, 00:51:00) attempt=1
51m1s    deliver a to OTLP until 00:51:00, 1 points
51m1s    deliver a to Prometheus until 00:51:00, 1 points
51m1s    deliver a to RemoteWrite until 00:51:00, 1 points
51m1s    commit a seq=98 watermark=00:51:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
51m7s    query a [00:50:00, 00:51:00) attempt=2
51m7s    deliver a to OTLP until 00:51:00, 1 points
51m7s    commit a seq=99 watermark=00:51:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
51m15s   query a [00:50:00, 00:51:00) attempt=3
51m15s   deliver a to OTLP until 00:51:00, 1 points
51m15s   commit a seq=100 watermark=00:51:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
52m1s    query a [00:51:00, 00:52:00) attempt=1
52m1s    deliver a to OTLP until 00:52:00, 1 points
52m1s    deliver a to Prometheus until 00:52:00, 1 points
52m1s    deliver a to RemoteWrite until 00:52:00, 1 points
52m1s    commit a seq=101 watermark=00:52:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
52m7s    query a [00:51:00, 00:52:00) attempt=2
52m7s    deliver a to OTLP until 00:52:00, 1 points
52m7s    commit a seq=102 watermark=00:52:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
52m15s   query a [00:51:00, 00:52:00) attempt=3
52m15s   deliver a to OTLP until 00:52:00, 1 points
52m15s   commit a seq=103 watermark=00:52:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
53m1s    query a [00:52:00, 00:53:00) attempt=1
53m1s    deliver a to OTLP until 00:53:00, 1 points
53m1s    deliver a to Prometheus until 00:53:00, 1 points
53m1s    deliver a to RemoteWrite until 00:53:00, 1 points
53m1s    commit a seq=104 watermark=00:53:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
53m7s    query a [00:52:00, 00:53:00) attempt=2
53m7s    deliver a to OTLP until 00:53:00, 1 points
53m7s    commit a seq=105 watermark=00:53:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
53m15s   query a [00:52:00, 00:53:00) attempt=3
53m15s   deliver a to OTLP until 00:53:00, 1 points
53m15s   commit a seq=106 watermark=00:53:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
54m1s    query a [00:53:00, 00:54:00) attempt=1
54m1s    deliver a to OTLP until 00:54:00, 1 points
54m1s    deliver a to Prometheus until 00:54:00, 1 points
54m1s    deliver a to RemoteWrite until 00:54:00, 1 points
54m1s    commit a seq=107 watermark=00:54:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
54m7s    query a [00:53:00, 00:54:00) attempt=2
54m7s    deliver a to OTLP until 00:54:00, 1 points
54m7s    commit a seq=108 watermark=00:54:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
54m15s   query a [00:53:00, 00:54:00) attempt=3
54m15s   deliver a to OTLP until 00:54:00, 1 points
54m15s   commit a seq=109 watermark=00:54:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
55m1s    query a [00:54:00, 00:55:00) attempt=1
55m1s    deliver a to OTLP until 00:55:00, 1 points
55m1s    deliver a to Prometheus until 00:55:00, 1 points
55m1s    deliver a to RemoteWrite until 00:55:00, 1 points
55m1s    commit a seq=110 watermark=00:55:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
55m7s    query a [00:54:00, 00:55:00) attempt=2
55m7s    deliver a to OTLP until 00:55:00, 1 points
55m7s    commit a seq=111 watermark=00:55:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
55m15s   query a [00:54:00, 00:55:00) attempt=3
55m15s   deliver a to OTLP until 00:55:00, 1 points
55m15s   commit a seq=112 watermark=00:55:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
56m1s    query a [00:55:00, 00:56:00) attempt=1
56m1s    deliver a to OTLP until 00:56:00, 1 points
56m1s    deliver a to Prometheus until 00:56:00, 1 points
56m1s    deliver a to RemoteWrite until 00:56:00, 1 points
56m1s    commit a seq=113 watermark=00:56:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
56m7s    query a [00:55:00, 00:56:00) attempt=2
56m7s    deliver a to OTLP until 00:56:00, 1 points
56m7s    commit a seq=114 watermark=00:56:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
56m15s   query a [00:55:00, 00:56:00) attempt=3
56m15s   deliver a to OTLP until 00:56:00, 1 points
56m15s   commit a seq=115 watermark=00:56:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
57m1s    query a [00:56:00, 00:57:00) attempt=1
57m1s    deliver a to OTLP until 00:57:00, 1 points
57m1s    deliver a to Prometheus until 00:57:00, 1 points
57m1s    deliver a to RemoteWrite until 00:57:00, 1 points
57m1s    commit a seq=116 watermark=00:57:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
57m7s    query a [00:56:00, 00:57:00) attempt=2
57m7s    deliver a to OTLP until 00:57:00, 1 points
57m7s    commit a seq=117 watermark=00:57:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
57m15s   query a [00:56:00, 00:57:00) attempt=3
57m15s   deliver a to OTLP until 00:57:00, 1 points
57m15s   commit a seq=118 watermark=00:57:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
58m1s    query a [00:57:00, 00:58:00) attempt=1
58m1s    deliver a to OTLP until 00:58:00, 1 points
58m1s    deliver a to Prometheus until 00:58:00, 1 points
58m1s    deliver a to RemoteWrite until 00:58:00, 1 points
58m1s    commit a seq=119 watermark=00:58:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
58m7s    query a [00:57:00, 00:58:00) attempt=2
58m7s    deliver a to OTLP until 00:58:00, 1 points
58m7s    commit a seq=120 watermark=00:58:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
58m15s   query a [00:57:00, 00:58:00) attempt=3
58m15s   deliver a to OTLP until 00:58:00, 1 points
58m15s   commit a seq=121 watermark=00:58:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
59m1s    query a [00:58:00, 00:59:00) attempt=1
59m1s    deliver a to OTLP until 00:59:00, 1 points
59m1s    deliver a to Prometheus until 00:59:00, 1 points
59m1s    deliver a to RemoteWrite until 00:59:00, 1 points
59m1s    commit a seq=122 watermark=00:59:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
59m7s    query a [00:58:00, 00:59:00) attempt=2
59m7s    deliver a to OTLP until 00:59:00, 1 points
59m7s    commit a seq=123 watermark=00:59:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
59m15s   query a [00:58:00, 00:59:00) attempt=3
59m15s   deliver a to OTLP until 00:59:00, 1 points
59m15s   commit a seq=124 watermark=00:59:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h0m1s   query a [00:59:00, 01:00:00) attempt=1
1h0m1s   deliver a to OTLP until 01:00:00, 1 points
1h0m1s   deliver a to Prometheus until 01:00:00, 1 points
1h0m1s   deliver a to RemoteWrite until 01:00:00, 1 points
1h0m1s   commit a seq=125 watermark=01:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h0m7s   query a [00:59:00, 01:00:00) attempt=2
1h0m7s   deliver a to OTLP until 01:00:00, 1 points
1h0m7s   commit a seq=126 watermark=01:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h0m15s  query a [00:59:00, 01:00:00) attempt=3
1h0m15s  deliver a to OTLP until 01:00:00, 1 points
1h0m15s  commit a seq=127 watermark=01:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h1m1s   query a [01:00:00, 01:01:00) attempt=1
1h1m1s   deliver a to OTLP until 01:01:00, 1 points
1h1m1s   deliver a to Prometheus until 01:01:00, 1 points
1h1m1s   deliver a to RemoteWrite until 01:01:00, 1 points
1h1m1s   commit a seq=128 watermark=01:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h1m7s   query a [01:00:00, 01:01:00) attempt=2
1h1m7s   deliver a to OTLP until 01:01:00, 1 points
1h1m7s   commit a seq=129 watermark=01:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h1m15s  query a [01:00:00, 01:01:00) attempt=3
1h1m15s  deliver a to OTLP until 01:01:00, 1 points
1h1m15s  commit a seq=130 watermark=01:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h2m1s   query a [01:01:00, 01:02:00) attempt=1
1h2m1s   deliver a to OTLP until 01:02:00, 1 points
1h2m1s   deliver a to Prometheus until 01:02:00, 1 points
1h2m1s   deliver a to RemoteWrite until 01:02:00, 1 points
1h2m1s   commit a seq=131 watermark=01:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h2m7s   query a [01:01:00, 01:02:00) attempt=2
1h2m7s   deliver a to OTLP until 01:02:00, 1 points
1h2m7s   commit a seq=132 watermark=01:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h2m15s  query a [01:01:00, 01:02:00) attempt=3
1h2m15s  deliver a to OTLP until 01:02:00, 1 points
1h2m15s  commit a seq=133 watermark=01:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h3m1s   query a [01:02:00, 01:03:00) attempt=1
1h3m1s   deliver a to OTLP until 01:03:00, 1 points
1h3m1s   deliver a to Prometheus until 01:03:00, 1 points
1h3m1s   deliver a to RemoteWrite until 01:03:00, 1 points
1h3m1s   commit a seq=134 watermark=01:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h3m7s   query a [01:02:00, 01:03:00) attempt=2
1h3m7s   deliver a to OTLP until 01:03:00, 1 points
1h3m7s   commit a seq=135 watermark=01:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h3m15s  query a [01:02:00, 01:03:00) attempt=3
1h3m15s  deliver a to OTLP until 01:03:00, 1 points
1h3m15s  commit a seq=136 watermark=01:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h4m1s   query a [01:03:00, 01:04:00) attempt=1
1h4m1s   deliver a to OTLP until 01:04:00, 1 points
1h4m1s   deliver a to Prometheus until 01:04:00, 1 points
1h4m1s   deliver a to RemoteWrite until 01:04:00, 1 points
1h4m1s   commit a seq=137 watermark=01:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h4m7s   query a [01:03:00, 01:04:00) attempt=2
1h4m7s   deliver a to OTLP until 01:04:00, 1 points
1h4m7s   commit a seq=138 watermark=01:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h4m15s  query a [01:03:00, 01:04:00) attempt=3
1h4m15s  deliver a to OTLP until 01:04:00, 1 points
1h4m15s  commit a seq=139 watermark=01:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h5m1s   query a [01:04:00, 01:05:00) attempt=1
1h5m1s   deliver a to OTLP until 01:05:00, 1 points
1h5m1s   deliver a to Prometheus until 01:05:00, 1 points
1h5m1s   deliver a to RemoteWrite until 01:05:00, 1 points
1h5m1s   commit a seq=140 watermark=01:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h5m7s   query a [01:04:00, 01:05:00) attempt=2
1h5m7s   deliver a to OTLP until 01:05:00, 1 points
1h5m7s   commit a seq=141 watermark=01:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h5m15s  query a [01:04:00, 01:05:00) attempt=3
1h5m15s  deliver a to OTLP until 01:05:00, 1 points
1h5m15s  commit a seq=142 watermark=01:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h6m1s   query a [01:05:00, 01:06:00) attempt=1
1h6m1s   deliver a to OTLP until 01:06:00, 1 points
1h6m1s   deliver a to Prometheus until 01:06:00, 1 points
1h6m1s   deliver a to RemoteWrite until 01:06:00, 1 points
1h6m1s   commit a seq=143 watermark=01:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h6m7s   query a [01:05:00, 01:06:00) attempt=2
1h6m7s   deliver a to OTLP until 01:06:00, 1 points
1h6m7s   commit a seq=144 watermark=01:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h6m15s  query a [01:05:00, 01:06:00) attempt=3
1h6m15s  deliver a to OTLP until 01:06:00, 1 points
1h6m15s  commit a seq=145 watermark=01:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h7m1s   query a [01:06:00, 01:07:00) attempt=1
1h7m1s   deliver a to OTLP until 01:07:00, 1 points
1h7m1s   deliver a to Prometheus until 01:07:00, 1 points
1h7m1s   deliver a to RemoteWrite until 01:07:00, 1 points
1h7m1s   commit a seq=146 watermark=01:07:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h7m7s   query a [01:06:00, 01:07:00) attempt=2
1h7m7s   deliver a to OTLP until 01:07:00, 1 points
1h7m7s   commit a seq=147 watermark=01:07:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h7m15s  query a [01:06:00, 01:07:00) attempt=3
1h7m15s  deliver a to OTLP until 01:07:00, 1 points
1h7m15s  commit a seq=148 watermark=01:07:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h8m1s   query a [01:07:00, 01:08:00) attempt=1
1h8m1s   deliver a to OTLP until 01:08:00, 1 points
1h8m1s   deliver a to Prometheus until 01:08:00, 1 points
1h8m1s   deliver a to RemoteWrite until 01:08:00, 1 points
1h8m1s   commit a seq=149 watermark=01:08:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h8m7s   query a [01:07:00, 01:08:00) attempt=2
1h8m7s   deliver a to OTLP until 01:08:00, 1 points
1h8m7s   commit a seq=150 watermark=01:08:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h8m15s  query a [01:07:00, 01:08:00) attempt=3
1h8m15s  deliver a to OTLP until 01:08:00, 1 points
1h8m15s  commit a seq=151 watermark=01:08:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h9m1s   query a [01:08:00, 01:09:00) attempt=1
1h9m1s   deliver a to OTLP until 01:09:00, 1 points
1h9m1s   deliver a to Prometheus until 01:09:00, 1 points
1h9m1s   deliver a to RemoteWrite until 01:09:00, 1 points
1h9m1s   commit a seq=152 watermark=01:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h9m7s   query a [01:08:00, 01:09:00) attempt=2
1h9m7s   deliver a to OTLP until 01:09:00, 1 points
1h9m7s   commit a seq=153 watermark=01:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h9m15s  query a [01:08:00, 01:09:00) attempt=3
1h9m15s  deliver a to OTLP until 01:09:00, 1 points
1h9m15s  commit a seq=154 watermark=01:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h10m1s  query a [01:09:00, 01:10:00) attempt=1
1h10m1s  deliver a to OTLP until 01:10:00, 1 points
1h10m1s  deliver a to Prometheus until 01:10:00, 1 points
1h10m1s  deliver a to RemoteWrite until 01:10:00, 1 points
1h10m1s  commit a seq=155 watermark=01:10:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h10m7s  query a [01:09:00, 01:10:00) attempt=2
1h10m7s  deliver a to OTLP until 01:10:00, 1 points
1h10m7s  commit a seq=156 watermark=01:10:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h10m15s query a [01:09:00, 01:10:00) attempt=3
1h10m15s deliver a to OTLP until 01:10:00, 1 points
1h10m15s commit a seq=157 watermark=01:10:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h11m1s  query a [01:10:00, 01:11:00) attempt=1
1h11m1s  deliver a to OTLP until 01:11:00, 1 points
1h11m1s  deliver a to Prometheus until 01:11:00, 1 points
1h11m1s  deliver a to RemoteWrite until 01:11:00, 1 points
1h11m1s  commit a seq=158 watermark=01:11:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h11m7s  query a [01:10:00, 01:11:00) attempt=2
1h11m7s  deliver a to OTLP until 01:11:00, 1 points
1h11m7s  commit a seq=159 watermark=01:11:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h11m15s query a [01:10:00, 01:11:00) attempt=3
1h11m15s deliver a to OTLP until 01:11:00, 1 points
1h11m15s commit a seq=160 watermark=01:11:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h12m1s  query a [01:11:00, 01:12:00) attempt=1
1h12m1s  deliver a to OTLP until 01:12:00, 1 points
1h12m1s  deliver a to Prometheus until 01:12:00, 1 points
1h12m1s  deliver a to RemoteWrite until 01:12:00, 1 points
1h12m1s  commit a seq=161 watermark=01:12:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h12m7s  query a [01:11:00, 01:12:00) attempt=2
1h12m7s  deliver a to OTLP until 01:12:00, 1 points
1h12m7s  commit a seq=162 watermark=01:12:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h12m15s query a [01:11:00, 01:12:00) attempt=3
1h12m15s deliver a to OTLP until 01:12:00, 1 points
1h12m15s commit a seq=163 watermark=01:12:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h13m1s  query a [01:12:00, 01:13:00) attempt=1
1h13m1s  deliver a to OTLP until 01:13:00, 1 points
1h13m1s  deliver a to Prometheus until 01:13:00, 1 points
1h13m1s  deliver a to RemoteWrite until 01:13:00, 1 points
1h13m1s  commit a seq=164 watermark=01:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h13m7s  query a [01:12:00, 01:13:00) attempt=2
1h13m7s  deliver a to OTLP until 01:13:00, 1 points
1h13m7s  commit a seq=165 watermark=01:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h13m15s query a [01:12:00, 01:13:00) attempt=3
1h13m15s deliver a to OTLP until 01:13:00, 1 points
1h13m15s commit a seq=166 watermark=01:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h14m1s  query a [01:13:00, 01:14:00) attempt=1
1h14m1s  deliver a to OTLP until 01:14:00, 1 points
1h14m1s  deliver a to Prometheus until 01:14:00, 1 points
1h14m1s  deliver a to RemoteWrite until 01:14:00, 1 points
1h14m1s  commit a seq=167 watermark=01:14:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h14m7s  query a [01:13:00, 01:14:00) attempt=2
1h14m7s  deliver a to OTLP until 01:14:00, 1 points
1h14m7s  commit a seq=168 watermark=01:14:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h14m15s query a [01:13:00, 01:14:00) attempt=3
1h14m15s deliver a to OTLP until 01:14:00, 1 points
1h14m15s commit a seq=169 watermark=01:14:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h15m1s  query a [01:14:00, 01:15:00) attempt=1
1h15m1s  deliver a to OTLP until 01:15:00, 1 points
1h15m1s  deliver a to Prometheus until 01:15:00, 1 points
1h15m1s  deliver a to RemoteWrite until 01:15:00, 1 points
1h15m1s  commit a seq=170 watermark=01:15:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h15m7s  query a [01:14:00, 01:15:00) attempt=2
1h15m7s  deliver a to OTLP until 01:15:00, 1 points
1h15m7s  commit a seq=171 watermark=01:15:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h15m15s query a [01:14:00, 01:15:00) attempt=3
1h15m15s deliver a to OTLP until 01:15:00, 1 points
1h15m15s commit a seq=172 watermark=01:15:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h16m1s  query a [01:15:00, 01:16:00) attempt=1
1h16m1s  deliver a to OTLP until 01:16:00, 1 points
1h16m1s  deliver a to Prometheus until 01:16:00, 1 points
1h16m1s  deliver a to RemoteWrite until 01:16:00, 1 points
1h16m1s  commit a seq=173 watermark=01:16:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h16m7s  query a [01:15:00, 01:16:00) attempt=2
1h16m7s  deliver a to OTLP until 01:16:00, 1 points
1h16m7s  commit a seq=174 watermark=01:16:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h16m15s query a [01:15:00, 01:16:00) attempt=3
1h16m15s deliver a to OTLP until 01:16:00, 1 points
1h16m15s commit a seq=175 watermark=01:16:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h17m1s  query a [01:16:00, 01:17:00) attempt=1
1h17m1s  deliver a to OTLP until 01:17:00, 1 points
1h17m1s  deliver a to Prometheus until 01:17:00, 1 points
1h17m1s  deliver a to RemoteWrite until 01:17:00, 1 points
1h17m1s  commit a seq=176 watermark=01:17:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h17m7s  query a [01:16:00, 01:17:00) attempt=2
1h17m7s  deliver a to OTLP until 01:17:00, 1 points
1h17m7s  commit a seq=177 watermark=01:17:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h17m15s query a [01:16:00, 01:17:00) attempt=3
1h17m15s deliver a to OTLP until 01:17:00, 1 points
1h17m15s commit a seq=178 watermark=01:17:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h18m1s  query a [01:17:00, 01:18:00) attempt=1
1h18m1s  deliver a to OTLP until 01:18:00, 1 points
1h18m1s  deliver a to Prometheus until 01:18:00, 1 points
1h18m1s  deliver a to RemoteWrite until 01:18:00, 1 points
1h18m1s  commit a seq=179 watermark=01:18:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h18m7s  query a [01:17:00, 01:18:00) attempt=2
1h18m7s  deliver a to OTLP until 01:18:00, 1 points
1h18m7s  commit a seq=180 watermark=01:18:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h18m15s query a [01:17:00, 01:18:00) attempt=3
1h18m15s deliver a to OTLP until 01:18:00, 1 points
1h18m15s commit a seq=181 watermark=01:18:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h19m1s  query a [01:18:00, 01:19:00) attempt=1
1h19m1s  deliver a to OTLP until 01:19:00, 1 points
1h19m1s  deliver a to Prometheus until 01:19:00, 1 points
1h19m1s  deliver a to RemoteWrite until 01:19:00, 1 points
1h19m1s  commit a seq=182 watermark=01:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h19m7s  query a [01:18:00, 01:19:00) attempt=2
1h19m7s  deliver a to OTLP until 01:19:00, 1 points
1h19m7s  commit a seq=183 watermark=01:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h19m15s query a [01:18:00, 01:19:00) attempt=3
1h19m15s deliver a to OTLP until 01:19:00, 1 points
1h19m15s commit a seq=184 watermark=01:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h20m1s  query a [01:19:00, 01:20:00) attempt=1
1h20m1s  deliver a to OTLP until 01:20:00, 1 points
1h20m1s  deliver a to Prometheus until 01:20:00, 1 points
1h20m1s  deliver a to RemoteWrite until 01:20:00, 1 points
1h20m1s  commit a seq=185 watermark=01:20:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h20m7s  query a [01:19:00, 01:20:00) attempt=2
1h20m7s  deliver a to OTLP until 01:20:00, 1 points
1h20m7s  commit a seq=186 watermark=01:20:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h20m15s query a [01:19:00, 01:20:00) attempt=3
1h20m15s deliver a to OTLP until 01:20:00, 1 points
1h20m15s commit a seq=187 watermark=01:20:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h21m1s  query a [01:20:00, 01:21:00) attempt=1
1h21m1s  deliver a to OTLP until 01:21:00, 1 points
1h21m1s  deliver a to Prometheus until 01:21:00, 1 points
1h21m1s  deliver a to RemoteWrite until 01:21:00, 1 points
1h21m1s  commit a seq=188 watermark=01:21:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h21m7s  query a [01:20:00, 01:21:00) attempt=2
1h21m7s  deliver a to OTLP until 01:21:00, 1 points
1h21m7s  commit a seq=189 watermark=01:21:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h21m15s query a [01:20:00, 01:21:00) attempt=3
1h21m15s deliver a to OTLP until 01:21:00, 1 points
1h21m15s commit a seq=190 watermark=01:21:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h22m1s  query a [01:21:00, 01:22:00) attempt=1
1h22m1s  deliver a to OTLP until 01:22:00, 1 points
1h22m1s  deliver a to Prometheus until 01:22:00, 1 points
1h22m1s  deliver a to RemoteWrite until 01:22:00, 1 points
1h22m1s  commit a seq=191 watermark=01:22:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h22m7s  query a [01:21:00, 01:22:00) attempt=2
1h22m7s  deliver a to OTLP until 01:22:00, 1 points
1h22m7s  commit a seq=192 watermark=01:22:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h22m15s query a [01:21:00, 01:22:00) attempt=3
1h22m15s deliver a to OTLP until 01:22:00, 1 points
1h22m15s commit a seq=193 watermark=01:22:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h23m1s  query a [01:22:00, 01:23:00) attempt=1
1h23m1s  deliver a to OTLP until 01:23:00, 1 points
1h23m1s  deliver a to Prometheus until 01:23:00, 1 points
1h23m1s  deliver a to RemoteWrite until 01:23:00, 1 points
1h23m1s  commit a seq=194 watermark=01:23:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h23m7s  query a [01:22:00, 01:23:00) attempt=2
1h23m7s  deliver a to OTLP until 01:23:00, 1 points
1h23m7s  commit a seq=195 watermark=01:23:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h23m15s query a [01:22:00, 01:23:00) attempt=3
1h23m15s deliver a to OTLP until 01:23:00, 1 points
1h23m15s commit a seq=196 watermark=01:23:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h24m1s  query a [01:23:00, 01:24:00) attempt=1
1h24m1s  deliver a to OTLP until 01:24:00, 1 points
1h24m1s  deliver a to Prometheus until 01:24:00, 1 points
1h24m1s  deliver a to RemoteWrite until 01:24:00, 1 points
1h24m1s  commit a seq=197 watermark=01:24:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h24m7s  query a [01:23:00, 01:24:00) attempt=2
1h24m7s  deliver a to OTLP until 01:24:00, 1 points
1h24m7s  commit a seq=198 watermark=01:24:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h24m15s query a [01:23:00, 01:24:00) attempt=3
1h24m15s deliver a to OTLP until 01:24:00, 1 points
1h24m15s commit a seq=199 watermark=01:24:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h25m1s  query a [01:24:00, 01:25:00) attempt=1
1h25m1s  deliver a to OTLP until 01:25:00, 1 points
1h25m1s  deliver a to Prometheus until 01:25:00, 1 points
1h25m1s  deliver a to RemoteWrite until 01:25:00, 1 points
1h25m1s  commit a seq=200 watermark=01:25:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h25m7s  query a [01:24:00, 01:25:00) attempt=2
1h25m7s  deliver a to OTLP until 01:25:00, 1 points
1h25m7s  commit a seq=201 watermark=01:25:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h25m15s query a [01:24:00, 01:25:00) attempt=3
1h25m15s deliver a to OTLP until 01:25:00, 1 points
1h25m15s commit a seq=202 watermark=01:25:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
1h26m0s  status a Ready=False/DeliveryFailed generation=2 "OTLP: down"
1h26m0s  status a QuerySucceeded=True/Succeeded generation=2 "The last window was queried."
1h26m0s  status a Delivered=False/DeliveryFailed generation=2 "OTLP: down"
1h26m0s  status a last success 01:25:00, skipped 0, backlog 0, series 1
1h26m0s  status a dead letter [00:08:00, 00:09:00) attempts=1 DeliveryFailed: Final.
1h26m0s  status a dead letter [00:25:00, 01:25:00) attempts=3 DeliveryFailed: Down.

metric name=adxexporter_windows_given_up_total
----
1h26m0s  metric adxexporter_windows_given_up_total{exporter=a,namespace=ns} 61

# The dead letters are tried again when somebody asks for it; age does not count.

sink name=OTLP
----
(nothing)

apply name=a retry=now
----
1h26m0s  commit a seq=203 watermark=01:25:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1h26m0s  query a [00:08:00, 00:09:00) attempt=1
1h26m0s  deliver a to OTLP until 00:09:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:09:00, 1 points
1h26m0s  query a [00:25:00, 00:26:00) attempt=1
1h26m0s  deliver a to OTLP until 00:26:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:26:00, 1 points
1h26m0s  query a [00:26:00, 00:27:00) attempt=1
1h26m0s  deliver a to OTLP until 00:27:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:27:00, 1 points
1h26m0s  query a [00:27:00, 00:28:00) attempt=1
1h26m0s  deliver a to OTLP until 00:28:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:28:00, 1 points
1h26m0s  query a [00:28:00, 00:29:00) attempt=1
1h26m0s  deliver a to OTLP until 00:29:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:29:00, 1 points
1h26m0s  query a [00:29:00, 00:30:00) attempt=1
1h26m0s  deliver a to OTLP until 00:30:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:30:00, 1 points
1h26m0s  query a [00:30:00, 00:31:00) attempt=1
1h26m0s  deliver a to OTLP until 00:31:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:31:00, 1 points
1h26m0s  query a [00:31:00, 00:32:00) attempt=1
1h26m0s  deliver a to OTLP until 00:32:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:32:00, 1 points
1h26m0s  query a [00:32:00, 00:33:00) attempt=1
1h26m0s  deliver a to OTLP until 00:33:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:33:00, 1 points
1h26m0s  query a [00:33:00, 00:34:00) attempt=1
1h26m0s  deliver a to OTLP until 00:34:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:34:00, 1 points
1h26m0s  query a [00:34:00, 00:35:00) attempt=1
1h26m0s  deliver a to OTLP until 00:35:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:35:00, 1 points
1h26m0s  query a [00:35:00, 00:36:00) attempt=1
1h26m0s  deliver a to OTLP until 00:36:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:36:00, 1 points
1h26m0s  query a [00:36:00, 00:37:00) attempt=1
1h26m0s  deliver a to OTLP until 00:37:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:37:00, 1 points
1h26m0s  query a [00:37:00, 00:38:00) attempt=1
1h26m0s  deliver a to OTLP until 00:38:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:38:00, 1 points
1h26m0s  query a [00:38:00, 00:39:00) attempt=1
1h26m0s  deliver a to OTLP until 00:39:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:39:00, 1 points
1h26m0s  query a [00:39:00, 00:40:00) attempt=1
1h26m0s  deliver a to OTLP until 00:40:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:40:00, 1 points
1h26m0s  query a [00:40:00, 00:41:00) attempt=1
1h26m0s  deliver a to OTLP until 00:41:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:41:00, 1 points
1h26m0s  query a [00:41:00, 00:42:00) attempt=1
1h26m0s  deliver a to OTLP until 00:42:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:42:00, 1 points
1h26m0s  query a [00:42:00, 00:43:00) attempt=1
1h26m0s  deliver a to OTLP until 00:43:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:43:00, 1 points
1h26m0s  query a [00:43:00, 00:44:00) attempt=1
1h26m0s  deliver a to OTLP until 00:44:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:44:00, 1 points
1h26m0s  query a [00:44:00, 00:45:00) attempt=1
1h26m0s  deliver a to OTLP until 00:45:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:45:00, 1 points
1h26m0s  query a [00:45:00, 00:46:00) attempt=1
1h26m0s  deliver a to OTLP until 00:46:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:46:00, 1 points
1h26m0s  query a [00:46:00, 00:47:00) attempt=1
1h26m0s  deliver a to OTLP until 00:47:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:47:00, 1 points
1h26m0s  query a [00:47:00, 00:48:00) attempt=1
1h26m0s  deliver a to OTLP until 00:48:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:48:00, 1 points
1h26m0s  query a [00:48:00, 00:49:00) attempt=1
1h26m0s  deliver a to OTLP until 00:49:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:49:00, 1 points
1h26m0s  query a [00:49:00, 00:50:00) attempt=1
1h26m0s  deliver a to OTLP until 00:50:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:50:00, 1 points
1h26m0s  query a [00:50:00, 00:51:00) attempt=1
1h26m0s  deliver a to OTLP until 00:51:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:51:00, 1 points
1h26m0s  query a [00:51:00, 00:52:00) attempt=1
1h26m0s  deliver a to OTLP until 00:52:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:52:00, 1 points
1h26m0s  query a [00:52:00, 00:53:00) attempt=1
1h26m0s  deliver a to OTLP until 00:53:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:53:00, 1 points
1h26m0s  query a [00:53:00, 00:54:00) attempt=1
1h26m0s  deliver a to OTLP until 00:54:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:54:00, 1 points
1h26m0s  query a [00:54:00, 00:55:00) attempt=1
1h26m0s  deliver a to OTLP until 00:55:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:55:00, 1 points
1h26m0s  query a [00:55:00, 00:56:00) attempt=1
1h26m0s  deliver a to OTLP until 00:56:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:56:00, 1 points
1h26m0s  query a [00:56:00, 00:57:00) attempt=1
1h26m0s  deliver a to OTLP until 00:57:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:57:00, 1 points
1h26m0s  query a [00:57:00, 00:58:00) attempt=1
1h26m0s  deliver a to OTLP until 00:58:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:58:00, 1 points
1h26m0s  query a [00:58:00, 00:59:00) attempt=1
1h26m0s  deliver a to OTLP until 00:59:00, 1 points
1h26m0s  deliver a to RemoteWrite until 00:59:00, 1 points
1h26m0s  query a [00:59:00, 01:00:00) attempt=1
1h26m0s  deliver a to OTLP until 01:00:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:00:00, 1 points
1h26m0s  query a [01:00:00, 01:01:00) attempt=1
1h26m0s  deliver a to OTLP until 01:01:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:01:00, 1 points
1h26m0s  query a [01:01:00, 01:02:00) attempt=1
1h26m0s  deliver a to OTLP until 01:02:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:02:00, 1 points
1h26m0s  query a [01:02:00, 01:03:00) attempt=1
1h26m0s  deliver a to OTLP until 01:03:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:03:00, 1 points
1h26m0s  query a [01:03:00, 01:04:00) attempt=1
1h26m0s  deliver a to OTLP until 01:04:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:04:00, 1 points
1h26m0s  query a [01:04:00, 01:05:00) attempt=1
1h26m0s  deliver a to OTLP until 01:05:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:05:00, 1 points
1h26m0s  query a [01:05:00, 01:06:00) attempt=1
1h26m0s  deliver a to OTLP until 01:06:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:06:00, 1 points
1h26m0s  query a [01:06:00, 01:07:00) attempt=1
1h26m0s  deliver a to OTLP until 01:07:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:07:00, 1 points
1h26m0s  query a [01:07:00, 01:08:00) attempt=1
1h26m0s  deliver a to OTLP until 01:08:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:08:00, 1 points
1h26m0s  query a [01:08:00, 01:09:00) attempt=1
1h26m0s  deliver a to OTLP until 01:09:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:09:00, 1 points
1h26m0s  query a [01:09:00, 01:10:00) attempt=1
1h26m0s  deliver a to OTLP until 01:10:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:10:00, 1 points
1h26m0s  query a [01:10:00, 01:11:00) attempt=1
1h26m0s  deliver a to OTLP until 01:11:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:11:00, 1 points
1h26m0s  query a [01:11:00, 01:12:00) attempt=1
1h26m0s  deliver a to OTLP until 01:12:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:12:00, 1 points
1h26m0s  query a [01:12:00, 01:13:00) attempt=1
1h26m0s  deliver a to OTLP until 01:13:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:13:00, 1 points
1h26m0s  query a [01:13:00, 01:14:00) attempt=1
1h26m0s  deliver a to OTLP until 01:14:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:14:00, 1 points
1h26m0s  query a [01:14:00, 01:15:00) attempt=1
1h26m0s  deliver a to OTLP until 01:15:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:15:00, 1 points
1h26m0s  query a [01:15:00, 01:16:00) attempt=1
1h26m0s  deliver a to OTLP until 01:16:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:16:00, 1 points
1h26m0s  query a [01:16:00, 01:17:00) attempt=1
1h26m0s  deliver a to OTLP until 01:17:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:17:00, 1 points
1h26m0s  query a [01:17:00, 01:18:00) attempt=1
1h26m0s  deliver a to OTLP until 01:18:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:18:00, 1 points
1h26m0s  query a [01:18:00, 01:19:00) attempt=1
1h26m0s  deliver a to OTLP until 01:19:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:19:00, 1 points
1h26m0s  query a [01:19:00, 01:20:00) attempt=1
1h26m0s  deliver a to OTLP until 01:20:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:20:00, 1 points
1h26m0s  query a [01:20:00, 01:21:00) attempt=1
1h26m0s  deliver a to OTLP until 01:21:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:21:00, 1 points
1h26m0s  query a [01:21:00, 01:22:00) attempt=1
1h26m0s  deliver a to OTLP until 01:22:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:22:00, 1 points
1h26m0s  query a [01:22:00, 01:23:00) attempt=1
1h26m0s  deliver a to OTLP until 01:23:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:23:00, 1 points
1h26m0s  query a [01:23:00, 01:24:00) attempt=1
1h26m0s  deliver a to OTLP until 01:24:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:24:00, 1 points
1h26m0s  query a [01:24:00, 01:25:00) attempt=1
1h26m0s  deliver a to OTLP until 01:25:00, 1 points
1h26m0s  deliver a to RemoteWrite until 01:25:00, 1 points
1h26m0s  commit a seq=204 watermark=01:25:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1h26m0s  event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.

status name=a
----
1h26m0s  status a Ready=True/Succeeded generation=2 "The last window was queried and delivered."
1h26m0s  status a QuerySucceeded=True/Succeeded generation=2 "The last window was queried."
1h26m0s  status a Delivered=True/Succeeded generation=2 "Every output has the last window."
1h26m0s  status a last success 01:25:00, skipped 0, backlog 0, series 1

advance by=3m
----
1h26m1s  query a [01:25:00, 01:26:00) attempt=1
1h26m1s  deliver a to OTLP until 01:26:00, 1 points
1h26m1s  deliver a to Prometheus until 01:26:00, 1 points
1h26m1s  deliver a to RemoteWrite until 01:26:00, 1 points
1h26m1s  commit a seq=205 watermark=01:26:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1h27m1s  query a [01:26:00, 01:27:00) attempt=1
1h27m1s  deliver a to OTLP until 01:27:00, 1 points
1h27m1s  deliver a to Prometheus until 01:27:00, 1 points
1h27m1s  deliver a to RemoteWrite until 01:27:00, 1 points
1h27m1s  commit a seq=206 watermark=01:27:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1h28m1s  query a [01:27:00, 01:28:00) attempt=1
1h28m1s  deliver a to OTLP until 01:28:00, 1 points
1h28m1s  deliver a to Prometheus until 01:28:00, 1 points
1h28m1s  deliver a to RemoteWrite until 01:28:00, 1 points
1h28m1s  commit a seq=207 watermark=01:28:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
1h29m0s  status a Ready=True/Succeeded generation=2 "The last window was queried and delivered."
1h29m0s  status a QuerySucceeded=True/Succeeded generation=2 "The last window was queried."
1h29m0s  status a Delivered=True/Succeeded generation=2 "Every output has the last window."
1h29m0s  status a last success 01:28:00, skipped 0, backlog 0, series 1

delivered to=OTLP
----
1h29m0s  delivered to OTLP: 89 windows from 23:59:00, 0 gaps, 1 repeated, 20 after newer ones

apply name=a retry=now
----
(nothing)
