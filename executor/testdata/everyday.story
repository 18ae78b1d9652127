# A new exporter shows its first values at once; then each window is asked for
# once it is complete. A scrape-only exporter's status is written when something
# changes, and its times every five minutes.

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

advance by=1m
----
(nothing)

advance by=2m
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to Prometheus until 00:01:00, 1 points
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to Prometheus until 00:02:00, 1 points

advance by=3m
----
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to Prometheus until 00:03:00, 1 points
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     deliver a to Prometheus until 00:04:00, 1 points
4m1s     commit a seq=2 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to Prometheus until 00:05:00, 1 points

status name=a
----
6m0s     status a Ready=True/Succeeded generation=1 "The last window was queried and delivered."
6m0s     status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
6m0s     status a Delivered=True/Succeeded generation=1 "Every output has the last window."
6m0s     status a last success 00:04:00, skipped 0, backlog 0, series 1

metric name=adxexporter_runs_total
----
6m0s     metric adxexporter_runs_total{exporter=a,namespace=ns,outcome=success} 6

metric name=adxexporter_series
----
6m0s     metric adxexporter_series{exporter=a,namespace=ns} 1

metric name=adxexporter_last_success_timestamp_seconds
----
6m0s     metric adxexporter_last_success_timestamp_seconds{exporter=a,namespace=ns} 9.46685101996e+08
