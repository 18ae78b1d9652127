# One receiver wants windows in order, another does not. What holds up the first one
# holds up nothing for the second, whatever the backlog is made of.

sinks remoteWrite=mimir inOrder=RemoteWrite
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

sink name=RemoteWrite error=down
----
(nothing)

advance by=2m30s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     deliver a to Prometheus until 00:01:00, 1 points
1m1s     deliver a to RemoteWrite until 00:01:00, 1 points
1m1s     commit a seq=2 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m1s     event a DeliveryFailed: DeliveryFailed: RemoteWrite/mimir: down
1m7s     query a [00:00:00, 00:01:00) attempt=2
1m7s     deliver a to RemoteWrite until 00:01:00, 1 points
1m7s     commit a seq=3 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m15s    query a [00:00:00, 00:01:00) attempt=3
1m15s    deliver a to RemoteWrite until 00:01:00, 1 points
1m15s    commit a seq=4 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m39s    query a [00:00:00, 00:01:00) attempt=4
1m39s    deliver a to RemoteWrite until 00:01:00, 1 points
1m39s    commit a seq=5 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to OTLP until 00:02:00, 1 points
2m1s     deliver a to Prometheus until 00:02:00, 1 points
2m1s     commit a seq=6 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m6s     query a [00:00:00, 00:01:00) attempt=5
2m6s     deliver a to RemoteWrite until 00:01:00, 1 points
2m6s     commit a seq=7 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
2m30s    status a Ready=False/DeliveryFailed generation=1 "RemoteWrite/mimir: down"
2m30s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
2m30s    status a Delivered=False/DeliveryFailed generation=1 "RemoteWrite/mimir: down"
2m30s    status a last success 00:02:00, skipped 0, backlog 2, series 1
2m30s    status a backlog [00:00:00, 00:01:00) attempts=5 next=00:02:32 outputs=[RemoteWrite/mimir] DeliveryFailed: Down.
2m30s    status a backlog [00:01:00, 00:02:00) attempts=0 next=none outputs=[RemoteWrite/mimir] InLine: 

# Kusto is away, so that windows are missed for both.

kusto fail=transient times=5
----
(nothing)

advance by=4m
----
2m32s    query a [00:00:00, 00:01:00) attempt=6
2m32s    commit a seq=8 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     commit a seq=9 watermark=00:02:00 Ready=False/QueryFailed QuerySucceeded=False/QueryFailed Delivered=False/DeliveryFailed
3m1s     event a QueryFailed: QueryFailed: Kusto said no.
3m7s     query a [00:02:00, 00:03:00) attempt=2
3m15s    query a [00:02:00, 00:03:00) attempt=3
3m39s    query a [00:02:00, 00:03:00) attempt=4
4m15s    query a [00:03:00, 00:04:00) attempt=5
4m15s    deliver a to OTLP until 00:04:00, 1 points
4m15s    deliver a to Prometheus until 00:04:00, 1 points
4m15s    commit a seq=10 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m15s    event a QueryRecovered: Queries succeed again; they failed with QueryFailed.
4m15s    query a [00:02:00, 00:03:00) attempt=1
4m15s    deliver a to OTLP until 00:03:00, 1 points
4m15s    commit a seq=11 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to OTLP until 00:05:00, 1 points
5m1s     deliver a to Prometheus until 00:05:00, 1 points
5m1s     commit a seq=12 watermark=00:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m11s    query a [00:00:00, 00:01:00) attempt=7
5m11s    deliver a to RemoteWrite until 00:01:00, 1 points
5m11s    commit a seq=13 watermark=00:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m40s    query a [00:00:00, 00:01:00) attempt=8
5m40s    deliver a to RemoteWrite until 00:01:00, 1 points
5m40s    commit a seq=14 watermark=00:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
6m1s     query a [00:05:00, 00:06:00) attempt=1
6m1s     deliver a to OTLP until 00:06:00, 1 points
6m1s     deliver a to Prometheus until 00:06:00, 1 points
6m1s     commit a seq=15 watermark=00:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
6m16s    query a [00:00:00, 00:01:00) attempt=9
6m16s    deliver a to RemoteWrite until 00:01:00, 1 points
6m16s    commit a seq=16 watermark=00:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
6m30s    status a Ready=False/DeliveryFailed generation=1 "RemoteWrite/mimir: down"
6m30s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
6m30s    status a Delivered=False/DeliveryFailed generation=1 "RemoteWrite/mimir: down"
6m30s    status a last success 00:06:00, skipped 0, backlog 6, series 1
6m30s    status a backlog [00:00:00, 00:01:00) attempts=9 next=00:06:50 outputs=[RemoteWrite/mimir] DeliveryFailed: Down.
6m30s    status a backlog [00:01:00, 00:06:00) attempts=0 next=none outputs=[RemoteWrite/mimir] InLine: 

sink name=RemoteWrite
----
(nothing)

advance by=1m
----
6m50s    query a [00:00:00, 00:01:00) attempt=10
6m50s    deliver a to RemoteWrite until 00:01:00, 1 points
6m50s    commit a seq=17 watermark=00:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
6m50s    query a [00:01:00, 00:02:00) attempt=1
6m50s    deliver a to RemoteWrite until 00:02:00, 1 points
6m50s    query a [00:02:00, 00:03:00) attempt=1
6m50s    deliver a to RemoteWrite until 00:03:00, 1 points
6m50s    query a [00:03:00, 00:04:00) attempt=1
6m50s    deliver a to RemoteWrite until 00:04:00, 1 points
6m50s    query a [00:04:00, 00:05:00) attempt=1
6m50s    deliver a to RemoteWrite until 00:05:00, 1 points
6m50s    query a [00:05:00, 00:06:00) attempt=1
6m50s    deliver a to RemoteWrite until 00:06:00, 1 points
6m50s    commit a seq=18 watermark=00:06:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
6m50s    event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
7m1s     query a [00:06:00, 00:07:00) attempt=1
7m1s     deliver a to OTLP until 00:07:00, 1 points
7m1s     deliver a to Prometheus until 00:07:00, 1 points
7m1s     deliver a to RemoteWrite until 00:07:00, 1 points
7m1s     commit a seq=19 watermark=00:07:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
7m30s    status a Ready=True/Succeeded generation=1 "The last window was queried and delivered."
7m30s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
7m30s    status a Delivered=True/Succeeded generation=1 "Every output has the last window."
7m30s    status a last success 00:07:00, skipped 0, backlog 0, series 1

delivered to=OTLP
----
7m30s    delivered to OTLP: 8 windows from 23:59:00, 0 gaps, 0 repeated, 1 after newer ones

delivered to=RemoteWrite
----
7m30s    delivered to RemoteWrite: 8 windows from 23:59:00, 0 gaps, 0 repeated, 0 after newer ones

# Both are away. The one without an order has its newest window at once.

sink name=OTLP error=down
----
(nothing)

sink name=RemoteWrite error=down
----
(nothing)

advance by=2m
----
8m1s     query a [00:07:00, 00:08:00) attempt=1
8m1s     deliver a to OTLP until 00:08:00, 1 points
8m1s     deliver a to Prometheus until 00:08:00, 1 points
8m1s     deliver a to RemoteWrite until 00:08:00, 1 points
8m1s     commit a seq=20 watermark=00:08:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
8m1s     event a DeliveryFailed: DeliveryFailed: OTLP: down
8m7s     query a [00:07:00, 00:08:00) attempt=2
8m7s     deliver a to OTLP until 00:08:00, 1 points
8m7s     deliver a to RemoteWrite until 00:08:00, 1 points
8m7s     commit a seq=21 watermark=00:08:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
8m15s    query a [00:07:00, 00:08:00) attempt=3
8m15s    deliver a to OTLP until 00:08:00, 1 points
8m15s    deliver a to RemoteWrite until 00:08:00, 1 points
8m15s    commit a seq=22 watermark=00:08:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
8m39s    query a [00:07:00, 00:08:00) attempt=4
8m39s    deliver a to OTLP until 00:08:00, 1 points
8m39s    deliver a to RemoteWrite until 00:08:00, 1 points
8m39s    commit a seq=23 watermark=00:08:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
9m1s     query a [00:08:00, 00:09:00) attempt=1
9m1s     deliver a to OTLP until 00:09:00, 1 points
9m1s     deliver a to Prometheus until 00:09:00, 1 points
9m1s     commit a seq=24 watermark=00:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
9m7s     query a [00:08:00, 00:09:00) attempt=2
9m7s     deliver a to OTLP until 00:09:00, 1 points
9m7s     commit a seq=25 watermark=00:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
9m15s    query a [00:07:00, 00:08:00) attempt=5
9m15s    deliver a to OTLP until 00:08:00, 1 points
9m15s    deliver a to RemoteWrite until 00:08:00, 1 points
9m15s    commit a seq=26 watermark=00:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
9m15s    query a [00:08:00, 00:09:00) attempt=3
9m15s    deliver a to OTLP until 00:09:00, 1 points
9m15s    commit a seq=27 watermark=00:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

sink name=OTLP
----
(nothing)

advance by=1m
----
9m39s    query a [00:08:00, 00:09:00) attempt=4
9m39s    deliver a to OTLP until 00:09:00, 1 points
9m39s    commit a seq=28 watermark=00:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
10m1s    query a [00:09:00, 00:10:00) attempt=1
10m1s    deliver a to OTLP until 00:10:00, 1 points
10m1s    deliver a to Prometheus until 00:10:00, 1 points
10m1s    commit a seq=29 watermark=00:10:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
10m24s   query a [00:07:00, 00:08:00) attempt=6
10m24s   deliver a to OTLP until 00:08:00, 1 points
10m24s   deliver a to RemoteWrite until 00:08:00, 1 points
10m24s   commit a seq=30 watermark=00:10:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
10m30s   status a Ready=False/DeliveryFailed generation=1 "RemoteWrite/mimir: older windows go first."
10m30s   status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
10m30s   status a Delivered=False/DeliveryFailed generation=1 "RemoteWrite/mimir: older windows go first."
10m30s   status a last success 00:10:00, skipped 0, backlog 3, series 1
10m30s   status a backlog [00:07:00, 00:08:00) attempts=6 next=00:10:54 outputs=[RemoteWrite/mimir] DeliveryFailed: Down.
10m30s   status a backlog [00:08:00, 00:10:00) attempts=0 next=none outputs=[RemoteWrite/mimir] InLine: 

sink name=RemoteWrite
----
(nothing)

advance by=2m
----
10m54s   query a [00:07:00, 00:08:00) attempt=7
10m54s   deliver a to RemoteWrite until 00:08:00, 1 points
10m54s   commit a seq=31 watermark=00:10:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
10m54s   query a [00:08:00, 00:09:00) attempt=1
10m54s   deliver a to RemoteWrite until 00:09:00, 1 points
10m54s   query a [00:09:00, 00:10:00) attempt=1
10m54s   deliver a to RemoteWrite until 00:10:00, 1 points
10m54s   commit a seq=32 watermark=00:10:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
10m54s   event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
11m1s    query a [00:10:00, 00:11:00) attempt=1
11m1s    deliver a to OTLP until 00:11:00, 1 points
11m1s    deliver a to Prometheus until 00:11:00, 1 points
11m1s    deliver a to RemoteWrite until 00:11:00, 1 points
11m1s    commit a seq=33 watermark=00:11:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
12m1s    query a [00:11:00, 00:12:00) attempt=1
12m1s    deliver a to OTLP until 00:12:00, 1 points
12m1s    deliver a to Prometheus until 00:12:00, 1 points
12m1s    deliver a to RemoteWrite until 00:12:00, 1 points
12m1s    commit a seq=34 watermark=00:12:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
12m30s   status a Ready=True/Succeeded generation=1 "The last window was queried and delivered."
12m30s   status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
12m30s   status a Delivered=True/Succeeded generation=1 "Every output has the last window."
12m30s   status a last success 00:12:00, skipped 0, backlog 0, series 1

delivered to=OTLP
----
12m30s   delivered to OTLP: 13 windows from 23:59:00, 0 gaps, 0 repeated, 2 after newer ones

delivered to=RemoteWrite
----
12m30s   delivered to RemoteWrite: 13 windows from 23:59:00, 0 gaps, 0 repeated, 0 after newer ones

# A backfill is out of order by nature: it waits behind no line.

sink name=RemoteWrite error=down
----
(nothing)

advance by=1m
----
13m1s    query a [00:12:00, 00:13:00) attempt=1
13m1s    deliver a to OTLP until 00:13:00, 1 points
13m1s    deliver a to Prometheus until 00:13:00, 1 points
13m1s    deliver a to RemoteWrite until 00:13:00, 1 points
13m1s    commit a seq=35 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
13m1s    event a DeliveryFailed: DeliveryFailed: RemoteWrite/mimir: down
13m7s    query a [00:12:00, 00:13:00) attempt=2
13m7s    deliver a to RemoteWrite until 00:13:00, 1 points
13m7s    commit a seq=36 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
13m15s   query a [00:12:00, 00:13:00) attempt=3
13m15s   deliver a to RemoteWrite until 00:13:00, 1 points
13m15s   commit a seq=37 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

apply name=a backfill=(old,-22:00:00,-22:02:00,1)
----
13m30s   commit a seq=38 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
13m30s   event a BackfillStarted: Backfill "old" has 2 windows. 
13m30s   schema a
13m30s   query a [00:12:00, 00:13:00) attempt=1
13m30s   deliver a to Prometheus until 00:13:00, 1 points
13m30s   commit a seq=39 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
13m30s   query a [22:00:00, 22:01:00) attempt=1
13m30s   deliver a to OTLP until 22:01:00, 1 points
13m30s   deliver a to RemoteWrite until 22:01:00, 1 points
13m30s   commit a seq=40 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
13m30s   query a [22:01:00, 22:02:00) attempt=1
13m30s   deliver a to OTLP until 22:02:00, 1 points
13m30s   deliver a to RemoteWrite until 22:02:00, 1 points
13m30s   commit a seq=41 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

advance by=10s
----
13m35s   query a [22:00:00, 22:01:00) attempt=2
13m35s   deliver a to RemoteWrite until 22:01:00, 1 points
13m35s   commit a seq=42 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
13m39s   query a [00:12:00, 00:13:00) attempt=4
13m39s   deliver a to RemoteWrite until 00:13:00, 1 points
13m39s   commit a seq=43 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

sink name=RemoteWrite
----
(nothing)

advance by=2m
----
13m43s   query a [22:00:00, 22:01:00) attempt=3
13m43s   deliver a to RemoteWrite until 22:01:00, 1 points
13m43s   query a [22:01:00, 22:02:00) attempt=1
13m43s   deliver a to RemoteWrite until 22:02:00, 1 points
13m43s   commit a seq=44 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
13m43s   event a BackfillFinished: Backfill "old" is done.
14m1s    query a [00:13:00, 00:14:00) attempt=1
14m1s    deliver a to OTLP until 00:14:00, 1 points
14m1s    deliver a to Prometheus until 00:14:00, 1 points
14m1s    commit a seq=45 watermark=00:14:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
14m6s    query a [00:12:00, 00:13:00) attempt=5
14m6s    deliver a to RemoteWrite until 00:13:00, 1 points
14m6s    query a [00:13:00, 00:14:00) attempt=1
14m6s    deliver a to RemoteWrite until 00:14:00, 1 points
14m6s    commit a seq=46 watermark=00:14:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
14m6s    event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
15m1s    query a [00:14:00, 00:15:00) attempt=1
15m1s    deliver a to OTLP until 00:15:00, 1 points
15m1s    deliver a to Prometheus until 00:15:00, 1 points
15m1s    deliver a to RemoteWrite until 00:15:00, 1 points
15m1s    commit a seq=47 watermark=00:15:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
15m40s   status a Ready=True/Succeeded generation=2 "The last window was queried and delivered."
15m40s   status a QuerySucceeded=True/Succeeded generation=2 "The last window was queried."
15m40s   status a Delivered=True/Succeeded generation=2 "Every output has the last window."
15m40s   status a last success 00:15:00, skipped 0, backlog 0, series 1
15m40s   status a backfill old windows=2 pending=0 

delivered to=RemoteWrite
----
15m40s   delivered to RemoteWrite: 18 windows from 22:00:00, 1 gaps, 0 repeated, 2 after newer ones

# That holds for windows that are newer than the head of the line, too.

sink name=RemoteWrite error=down
----
(nothing)

advance by=4m
----
16m1s    query a [00:15:00, 00:16:00) attempt=1
16m1s    deliver a to OTLP until 00:16:00, 1 points
16m1s    deliver a to Prometheus until 00:16:00, 1 points
16m1s    deliver a to RemoteWrite until 00:16:00, 1 points
16m1s    commit a seq=48 watermark=00:16:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
16m1s    event a DeliveryFailed: DeliveryFailed: RemoteWrite/mimir: down
16m7s    query a [00:15:00, 00:16:00) attempt=2
16m7s    deliver a to RemoteWrite until 00:16:00, 1 points
16m7s    commit a seq=49 watermark=00:16:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
16m15s   query a [00:15:00, 00:16:00) attempt=3
16m15s   deliver a to RemoteWrite until 00:16:00, 1 points
16m15s   commit a seq=50 watermark=00:16:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
16m39s   query a [00:15:00, 00:16:00) attempt=4
16m39s   deliver a to RemoteWrite until 00:16:00, 1 points
16m39s   commit a seq=51 watermark=00:16:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
17m1s    query a [00:16:00, 00:17:00) attempt=1
17m1s    deliver a to OTLP until 00:17:00, 1 points
17m1s    deliver a to Prometheus until 00:17:00, 1 points
17m1s    commit a seq=52 watermark=00:17:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
17m6s    query a [00:15:00, 00:16:00) attempt=5
17m6s    deliver a to RemoteWrite until 00:16:00, 1 points
17m6s    commit a seq=53 watermark=00:17:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
17m32s   query a [00:15:00, 00:16:00) attempt=6
17m32s   deliver a to RemoteWrite until 00:16:00, 1 points
17m32s   commit a seq=54 watermark=00:17:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
18m1s    query a [00:17:00, 00:18:00) attempt=1
18m1s    deliver a to OTLP until 00:18:00, 1 points
18m1s    deliver a to Prometheus until 00:18:00, 1 points
18m1s    commit a seq=55 watermark=00:18:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
18m2s    query a [00:15:00, 00:16:00) attempt=7
18m2s    deliver a to RemoteWrite until 00:16:00, 1 points
18m2s    commit a seq=56 watermark=00:18:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
18m30s   query a [00:15:00, 00:16:00) attempt=8
18m30s   deliver a to RemoteWrite until 00:16:00, 1 points
18m30s   commit a seq=57 watermark=00:18:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
19m1s    query a [00:18:00, 00:19:00) attempt=1
19m1s    deliver a to OTLP until 00:19:00, 1 points
19m1s    deliver a to Prometheus until 00:19:00, 1 points
19m1s    commit a seq=58 watermark=00:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
19m6s    query a [00:15:00, 00:16:00) attempt=9
19m6s    deliver a to RemoteWrite until 00:16:00, 1 points
19m6s    commit a seq=59 watermark=00:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

sink name=RemoteWrite
----
(nothing)

apply name=a backfill=(new,00:18:00,00:19:00,1)
----
19m40s   commit a seq=60 watermark=00:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
19m40s   event a BackfillStarted: Backfill "new" has 1 windows. 
19m40s   schema a
19m40s   query a [00:18:00, 00:19:00) attempt=1
19m40s   deliver a to Prometheus until 00:19:00, 1 points
19m40s   commit a seq=61 watermark=00:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
19m40s   query a [00:18:00, 00:19:00) attempt=1
19m40s   deliver a to OTLP until 00:19:00, 1 points
19m40s   deliver a to RemoteWrite until 00:19:00, 1 points
19m40s   commit a seq=62 watermark=00:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
19m40s   event a BackfillFinished: Backfill "new" is done.
