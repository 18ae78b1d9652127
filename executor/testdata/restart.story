# A new process finds its watermark in the status. It shows the last settled
# window again, then goes on where the old one stopped. Windows that the old one
# may have run after its last commit are not counted as skipped.

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

advance by=4m30s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to Prometheus until 00:01:00, 1 points
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to Prometheus until 00:02:00, 1 points
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to Prometheus until 00:03:00, 1 points
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     deliver a to Prometheus until 00:04:00, 1 points
4m1s     commit a seq=2 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

restart
----
4m30s    query a [00:03:00, 00:04:00) attempt=1
4m30s    deliver a to Prometheus until 00:04:00, 1 points
4m30s    commit a seq=3 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

advance by=1m
----
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to Prometheus until 00:05:00, 1 points

restart after=30m
----
35m30s   query a [00:34:00, 00:35:00) attempt=1
35m30s   deliver a to Prometheus until 00:35:00, 1 points
35m30s   commit a seq=4 watermark=00:35:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

advance by=1m
----
36m1s    query a [00:35:00, 00:36:00) attempt=1
36m1s    deliver a to Prometheus until 00:36:00, 1 points

status name=a
----
36m30s   status a Ready=True/Succeeded generation=1 "The last window was queried and delivered."
36m30s   status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
36m30s   status a Delivered=True/Succeeded generation=1 "Every output has the last window."
36m30s   status a last success 00:35:00, skipped 25, backlog 0, series 1
