# Where order matters, newer windows wait behind older ones; a scrape does not.

sinks inOrder=OTLP
----
(nothing)

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to OTLP until 00:00:00, 1 points
0s       deliver a to Prometheus until 00:00:00, 1 points
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
2m1s     deliver a to Prometheus until 00:02:00, 1 points
2m1s     commit a seq=6 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m6s     query a [00:00:00, 00:01:00) attempt=5
2m6s     deliver a to OTLP until 00:01:00, 1 points
2m6s     commit a seq=7 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m32s    query a [00:00:00, 00:01:00) attempt=6
2m32s    deliver a to OTLP until 00:01:00, 1 points
2m32s    commit a seq=8 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to Prometheus until 00:03:00, 1 points
3m1s     commit a seq=9 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m2s     query a [00:00:00, 00:01:00) attempt=7
3m2s     deliver a to OTLP until 00:01:00, 1 points
3m2s     commit a seq=10 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
3m30s    status a Ready=False/DeliveryFailed generation=1 "OTLP: down"
3m30s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
3m30s    status a Delivered=False/DeliveryFailed generation=1 "OTLP: down"
3m30s    status a last success 00:03:00, skipped 0, backlog 3, series 1
3m30s    status a backlog [00:00:00, 00:01:00) attempts=7 next=00:03:30 outputs=[OTLP] DeliveryFailed: Down.
3m30s    status a backlog [00:01:00, 00:03:00) attempts=0 next=none outputs=[] InLine: 

sink name=OTLP
----
(nothing)

advance by=3m
----
3m30s    query a [00:00:00, 00:01:00) attempt=8
3m30s    deliver a to OTLP until 00:01:00, 1 points
3m30s    commit a seq=11 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m30s    query a [00:01:00, 00:02:00) attempt=1
3m30s    deliver a to OTLP until 00:02:00, 1 points
3m30s    query a [00:02:00, 00:03:00) attempt=1
3m30s    deliver a to OTLP until 00:03:00, 1 points
3m30s    commit a seq=12 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3m30s    event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     deliver a to OTLP until 00:04:00, 1 points
4m1s     deliver a to Prometheus until 00:04:00, 1 points
4m1s     commit a seq=13 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to OTLP until 00:05:00, 1 points
5m1s     deliver a to Prometheus until 00:05:00, 1 points
5m1s     commit a seq=14 watermark=00:05:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
6m1s     query a [00:05:00, 00:06:00) attempt=1
6m1s     deliver a to OTLP until 00:06:00, 1 points
6m1s     deliver a to Prometheus until 00:06:00, 1 points
6m1s     commit a seq=15 watermark=00:06:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

delivered to=OTLP
----
6m30s    delivered to OTLP: 7 windows from 23:59:00, 0 gaps, 0 repeated, 0 after newer ones

status name=a
----
6m30s    status a Ready=True/Succeeded generation=1 "The last window was queried and delivered."
6m30s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
6m30s    status a Delivered=True/Succeeded generation=1 "Every output has the last window."
6m30s    status a last success 00:06:00, skipped 0, backlog 0, series 1

# What was missed while Kusto was away goes first, too.

kusto fail=transient times=5
----
(nothing)

advance by=8m
----
7m1s     query a [00:06:00, 00:07:00) attempt=1
7m1s     commit a seq=16 watermark=00:06:00 Ready=False/QueryFailed QuerySucceeded=False/QueryFailed Delivered=True/Succeeded
7m1s     event a QueryFailed: QueryFailed: Kusto said no.
7m7s     query a [00:06:00, 00:07:00) attempt=2
7m15s    query a [00:06:00, 00:07:00) attempt=3
7m39s    query a [00:06:00, 00:07:00) attempt=4
8m15s    query a [00:07:00, 00:08:00) attempt=5
9m24s    query a [00:08:00, 00:09:00) attempt=6
9m24s    deliver a to Prometheus until 00:09:00, 1 points
9m24s    commit a seq=17 watermark=00:09:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
9m24s    event a QueryRecovered: Queries succeed again; they failed with QueryFailed.
9m24s    query a [00:06:00, 00:07:00) attempt=1
9m24s    deliver a to OTLP until 00:07:00, 1 points
9m24s    query a [00:07:00, 00:08:00) attempt=1
9m24s    deliver a to OTLP until 00:08:00, 1 points
9m24s    query a [00:08:00, 00:09:00) attempt=1
9m24s    deliver a to OTLP until 00:09:00, 1 points
9m24s    commit a seq=18 watermark=00:09:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
10m1s    query a [00:09:00, 00:10:00) attempt=1
10m1s    deliver a to OTLP until 00:10:00, 1 points
10m1s    deliver a to Prometheus until 00:10:00, 1 points
10m1s    commit a seq=19 watermark=00:10:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
11m1s    query a [00:10:00, 00:11:00) attempt=1
11m1s    deliver a to OTLP until 00:11:00, 1 points
11m1s    deliver a to Prometheus until 00:11:00, 1 points
11m1s    commit a seq=20 watermark=00:11:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
12m1s    query a [00:11:00, 00:12:00) attempt=1
12m1s    deliver a to OTLP until 00:12:00, 1 points
12m1s    deliver a to Prometheus until 00:12:00, 1 points
12m1s    commit a seq=21 watermark=00:12:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
13m1s    query a [00:12:00, 00:13:00) attempt=1
13m1s    deliver a to OTLP until 00:13:00, 1 points
13m1s    deliver a to Prometheus until 00:13:00, 1 points
13m1s    commit a seq=22 watermark=00:13:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
14m1s    query a [00:13:00, 00:14:00) attempt=1
14m1s    deliver a to OTLP until 00:14:00, 1 points
14m1s    deliver a to Prometheus until 00:14:00, 1 points
14m1s    commit a seq=23 watermark=00:14:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

delivered to=OTLP
----
14m30s   delivered to OTLP: 15 windows from 23:59:00, 0 gaps, 0 repeated, 0 after newer ones
