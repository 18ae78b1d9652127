# An output that takes past windows gets each one, and each is committed.

sinks
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

advance by=2m
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     deliver a to Prometheus until 00:01:00, 1 points
1m1s     commit a seq=2 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

restart after=3m
----
5m0s     query a [00:03:00, 00:04:00) attempt=1
5m0s     deliver a to OTLP until 00:04:00, 1 points
5m0s     deliver a to Prometheus until 00:04:00, 1 points
5m0s     commit a seq=3 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
5m0s     query a [00:01:00, 00:02:00) attempt=1
5m0s     deliver a to OTLP until 00:02:00, 1 points
5m0s     query a [00:02:00, 00:03:00) attempt=1
5m0s     deliver a to OTLP until 00:03:00, 1 points
5m0s     commit a seq=4 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

advance by=30s
----
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to OTLP until 00:05:00, 1 points
5m1s     deliver a to Prometheus until 00:05:00, 1 points
5m1s     commit a seq=5 watermark=00:05:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# An output that fails holds no other. A conflict is named.

sink name=Prometheus error=conflict
----
(nothing)

advance by=1m
----
6m1s     query a [00:05:00, 00:06:00) attempt=1
6m1s     deliver a to OTLP until 00:06:00, 1 points
6m1s     deliver a to Prometheus until 00:06:00, 1 points
6m1s     commit a seq=6 watermark=00:06:00 Ready=False/DuplicateSeries QuerySucceeded=True/Succeeded Delivered=False/DuplicateSeries
6m1s     event a DeliveryFailed: DuplicateSeries: Prometheus: conflict

sink name=Prometheus error=boom
----
(nothing)

advance by=1m
----
7m1s     query a [00:06:00, 00:07:00) attempt=1
7m1s     deliver a to OTLP until 00:07:00, 1 points
7m1s     deliver a to Prometheus until 00:07:00, 1 points
7m1s     commit a seq=7 watermark=00:07:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
7m1s     event a DeliveryFailed: DeliveryFailed: Prometheus: boom

sink name=Prometheus
----
(nothing)

advance by=1m
----
8m1s     query a [00:07:00, 00:08:00) attempt=1
8m1s     deliver a to OTLP until 00:08:00, 1 points
8m1s     deliver a to Prometheus until 00:08:00, 1 points
8m1s     commit a seq=8 watermark=00:08:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
8m1s     event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.

# An output that the instance lacks is a condition.

apply name=a outputs=(OTLP,RemoteWrite)
----
8m30s    schema a
8m30s    query a [00:07:00, 00:08:00) attempt=1
8m30s    commit a seq=9 watermark=00:08:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
8m30s    status a Ready=True/Succeeded generation=2 "The last window was queried and delivered."
8m30s    status a QuerySucceeded=True/Succeeded generation=2 "The last window was queried."
8m30s    status a Delivered=True/Succeeded generation=2 "Every output has the last window."
8m30s    status a last success 00:08:00, skipped 0, backlog 0, series 1

# Nothing to say, and too much of it.

apply name=b outputs=Prometheus
----
8m30s    schema b
8m30s    query b [00:07:00, 00:08:00) attempt=1
8m30s    deliver b to Prometheus until 00:08:00, 1 points
8m30s    commit b seq=1 watermark=00:08:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
8m30s    event b FirstRunSucceeded: The first window gave 1 series.

kusto rows=0
----
(nothing)

advance by=1m
----
9m1s     query a [00:08:00, 00:09:00) attempt=1
9m1s     deliver a to OTLP until 00:09:00, 0 points
9m1s     commit a seq=10 watermark=00:09:00 Ready=False/OutputMissing QuerySucceeded=True/NoRows Delivered=False/OutputMissing
9m1s     event a DeliveryFailed: OutputMissing: This instance has no output RemoteWrite, which spec.outputs names.
9m2s     query b [00:08:00, 00:09:00) attempt=1
9m2s     deliver b to Prometheus until 00:09:00, 0 points
9m2s     commit b seq=2 watermark=00:09:00 Ready=True/NoRows QuerySucceeded=True/NoRows Delivered=True/Succeeded

apply name=c maxSeries=1
----
9m30s    schema c
9m30s    query c [00:08:00, 00:09:00) attempt=1
9m30s    deliver c to OTLP until 00:09:00, 0 points
9m30s    deliver c to Prometheus until 00:09:00, 0 points
9m30s    commit c seq=1 watermark=00:09:00 Ready=True/NoRows QuerySucceeded=True/NoRows Delivered=True/Succeeded
9m30s    event c FirstRunSucceeded: The first window gave 0 series.
