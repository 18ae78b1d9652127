# Rows that give no point are counted by reason: here the second row of each window
# has the series and the time of the first.

kusto rows=2
----
(nothing)

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

advance by=1m10s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to Prometheus until 00:01:00, 1 points

metric name=adxexporter_points_dropped_total
----
1m10s    metric adxexporter_points_dropped_total{exporter=a,namespace=ns,reason=duplicate} 2

metric name=adxexporter_ready
----
1m10s    metric adxexporter_ready{exporter=a,namespace=ns,reason=Succeeded} 1

# What is shown of an exporter is right from the first moment on, with what its
# status says.

kusto fail=transient
----
(nothing)

advance by=10m
----
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     commit a seq=2 watermark=00:01:00 Ready=False/QueryFailed QuerySucceeded=False/QueryFailed Delivered=True/Succeeded
2m1s     event a QueryFailed: QueryFailed: Kusto said no.
2m7s     query a [00:01:00, 00:02:00) attempt=2
2m15s    query a [00:01:00, 00:02:00) attempt=3
2m39s    query a [00:01:00, 00:02:00) attempt=4
3m15s    query a [00:02:00, 00:03:00) attempt=5
4m24s    query a [00:03:00, 00:04:00) attempt=6
7m3s     query a [00:06:00, 00:07:00) attempt=7

metric name=adxexporter_lag_seconds
----
11m10s   metric adxexporter_lag_seconds{exporter=a,namespace=ns} 548.004

restart after=1s
----
11m11s   schema a
11m11s   commit a seq=3 watermark=00:01:00 Ready=False/QueryFailed QuerySucceeded=False/QueryFailed Delivered=True/Succeeded Reconciling=True/QueryFailed

metric name=adxexporter_series
----
11m11s   metric adxexporter_series{exporter=a,namespace=ns} 1

metric name=adxexporter_lag_seconds
----
11m11s   metric adxexporter_lag_seconds{exporter=a,namespace=ns} 549.004

# Nothing is left of an exporter that is gone.

remove name=a
----
11m11s   end a in Prometheus

metric name=adxexporter_series
----
(nothing)

metric name=adxexporter_points_dropped_total
----
(nothing)

metric name=adxexporter_interval_seconds
----
(nothing)
