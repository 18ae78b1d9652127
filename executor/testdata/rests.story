# A sink that rests after failures takes nothing: Kusto is not asked for windows of
# the backlog that are for it alone. Live windows are run for the others' sake.

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

advance by=1m10s
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

sink name=OTLP error=down rests=3m
----
(nothing)

advance by=1m
----
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to OTLP until 00:02:00, 1 points
2m1s     deliver a to Prometheus until 00:02:00, 1 points
2m1s     deliver a to RemoteWrite until 00:02:00, 1 points
2m1s     commit a seq=4 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
2m10s    status a Ready=False/DeliveryFailed generation=1 "OTLP: down"
2m10s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
2m10s    status a Delivered=False/DeliveryFailed generation=1 "OTLP: down"
2m10s    status a last success 00:02:00, skipped 0, backlog 2, series 1
2m10s    status a backlog [00:00:00, 00:02:00) attempts=2 next=00:01:15 outputs=[OTLP] DeliveryFailed: Down.

# Windows that another sink misses too are asked for.

sink name=RemoteWrite error=down
----
(nothing)

advance by=1m
----
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to OTLP until 00:03:00, 1 points
3m1s     deliver a to Prometheus until 00:03:00, 1 points
3m1s     deliver a to RemoteWrite until 00:03:00, 1 points
3m1s     commit a seq=5 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m7s     query a [00:02:00, 00:03:00) attempt=2
3m7s     deliver a to OTLP until 00:03:00, 1 points
3m7s     deliver a to RemoteWrite until 00:03:00, 1 points
3m7s     commit a seq=6 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

sink name=RemoteWrite
----
(nothing)

advance by=30s
----
3m15s    query a [00:02:00, 00:03:00) attempt=3
3m15s    deliver a to OTLP until 00:03:00, 1 points
3m15s    deliver a to RemoteWrite until 00:03:00, 1 points
3m15s    commit a seq=7 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

# One that no longer rests is tried as before.

sink name=OTLP error=down
----
(nothing)

advance by=1m
----
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     deliver a to OTLP until 00:04:00, 1 points
4m1s     deliver a to Prometheus until 00:04:00, 1 points
4m1s     deliver a to RemoteWrite until 00:04:00, 1 points
4m1s     commit a seq=8 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m1s     query a [00:00:00, 00:01:00) attempt=4
4m1s     deliver a to OTLP until 00:01:00, 1 points
4m1s     commit a seq=9 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m38s    query a [00:00:00, 00:01:00) attempt=5
4m38s    deliver a to OTLP until 00:01:00, 1 points
4m38s    commit a seq=10 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

sink name=OTLP
----
(nothing)

advance by=1m
----
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to OTLP until 00:05:00, 1 points
5m1s     deliver a to Prometheus until 00:05:00, 1 points
5m1s     deliver a to RemoteWrite until 00:05:00, 1 points
5m1s     commit a seq=11 watermark=00:05:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
5m1s     event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
5m1s     query a [00:00:00, 00:01:00) attempt=6
5m1s     deliver a to OTLP until 00:01:00, 1 points
5m1s     query a [00:01:00, 00:02:00) attempt=1
5m1s     deliver a to OTLP until 00:02:00, 1 points
5m1s     query a [00:02:00, 00:03:00) attempt=1
5m1s     deliver a to OTLP until 00:03:00, 1 points
5m1s     query a [00:03:00, 00:04:00) attempt=1
5m1s     deliver a to OTLP until 00:04:00, 1 points
5m1s     commit a seq=12 watermark=00:05:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

delivered to=OTLP
----
5m40s    delivered to OTLP: 6 windows from 23:59:00, 0 gaps, 0 repeated, 4 after newer ones

delivered to=RemoteWrite
----
5m40s    delivered to RemoteWrite: 6 windows from 23:59:00, 0 gaps, 0 repeated, 0 after newer ones

# In order, the whole line waits, and one window finds out.

sinks inOrder=OTLP
----
5m40s    query a [00:04:00, 00:05:00) attempt=1
5m40s    deliver a to Prometheus until 00:05:00, 1 points
5m40s    commit a seq=13 watermark=00:05:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

sink name=OTLP error=down rests=90s
----
(nothing)

advance by=80s
----
6m1s     query a [00:05:00, 00:06:00) attempt=1
6m1s     deliver a to OTLP until 00:06:00, 1 points
6m1s     deliver a to Prometheus until 00:06:00, 1 points
6m1s     commit a seq=14 watermark=00:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
6m1s     event a DeliveryFailed: DeliveryFailed: OTLP: down

sink name=OTLP
----
(nothing)

advance by=50s
----
7m1s     query a [00:06:00, 00:07:00) attempt=1
7m1s     deliver a to Prometheus until 00:07:00, 1 points
7m1s     commit a seq=15 watermark=00:07:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
7m1s     query a [00:05:00, 00:06:00) attempt=2
7m1s     deliver a to OTLP until 00:06:00, 1 points
7m1s     query a [00:06:00, 00:07:00) attempt=1
7m1s     deliver a to OTLP until 00:07:00, 1 points
7m1s     commit a seq=16 watermark=00:07:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
7m1s     event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
