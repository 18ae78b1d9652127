# An interval below a minute: a full window each 30 s, less than 2 s after its end.

apply name=a interval=30s
----
0s       schema a
0s       query a [23:59:30, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

advance by=2m5s
----
30s      query a [00:00:00, 00:00:30) attempt=1
30s      deliver a to Prometheus until 00:00:30, 1 points
1m0s     query a [00:00:30, 00:01:00) attempt=1
1m0s     deliver a to Prometheus until 00:01:00, 1 points
1m30s    query a [00:01:00, 00:01:30) attempt=1
1m30s    deliver a to Prometheus until 00:01:30, 1 points
2m0s     query a [00:01:30, 00:02:00) attempt=1
2m0s     deliver a to Prometheus until 00:02:00, 1 points
