# A backfill may have several windows in flight: they are asked for at once, and
# delivered one after the other, oldest first.

sinks
----
(nothing)

kusto takes=10s
----
(nothing)

apply name=a
----
0s       schema a

advance by=20s
----
10s      query a [23:59:00, 00:00:00) attempt=1
20s      deliver a to OTLP until 00:00:00, 1 points
20s      deliver a to Prometheus until 00:00:00, 1 points
20s      commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
20s      event a FirstRunSucceeded: The first window gave 1 series.

apply name=a backfill=(fix-1,-23:50:00,-23:55:00,3)
----
20s      commit a seq=2 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
20s      event a BackfillStarted: Backfill "fix-1" has 5 windows. 
20s      schema a

advance by=45s
----
30s      query a [23:59:00, 00:00:00) attempt=1
40s      deliver a to Prometheus until 00:00:00, 1 points
40s      commit a seq=3 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
40s      query a [23:50:00, 23:51:00) attempt=1
40s      query a [23:51:00, 23:52:00) attempt=1
40s      query a [23:52:00, 23:53:00) attempt=1
50s      deliver a to OTLP until 23:51:00, 1 points
50s      commit a seq=4 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
50s      deliver a to OTLP until 23:52:00, 1 points
50s      deliver a to OTLP until 23:53:00, 1 points
50s      query a [23:53:00, 23:54:00) attempt=1
50s      query a [23:54:00, 23:55:00) attempt=1
1m0s     deliver a to OTLP until 23:54:00, 1 points
1m0s     commit a seq=5 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m0s     deliver a to OTLP until 23:55:00, 1 points
1m0s     commit a seq=6 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m0s     event a BackfillFinished: Backfill "fix-1" is done.
1m1s     query a [00:00:00, 00:01:00) attempt=1

# A live window goes first, between two of them. What was asked for ahead of it is
# asked for again.

apply name=a backfill=(fix-2,-20:00:00,-20:20:00,2)
----
1m5s     commit a seq=7 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m5s     event a BackfillStarted: Backfill "fix-2" has 20 windows. 
1m5s     schema a

advance by=1m20s
----
1m15s    query a [00:00:00, 00:01:00) attempt=1
1m25s    deliver a to OTLP until 00:01:00, 1 points
1m25s    deliver a to Prometheus until 00:01:00, 1 points
1m25s    commit a seq=8 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m25s    query a [20:00:00, 20:01:00) attempt=1
1m25s    query a [20:01:00, 20:02:00) attempt=1
1m35s    deliver a to OTLP until 20:01:00, 1 points
1m35s    commit a seq=9 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m35s    deliver a to OTLP until 20:02:00, 1 points
1m35s    query a [20:02:00, 20:03:00) attempt=1
1m35s    query a [20:03:00, 20:04:00) attempt=1
1m45s    deliver a to OTLP until 20:03:00, 1 points
1m45s    commit a seq=10 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m45s    deliver a to OTLP until 20:04:00, 1 points
1m45s    query a [20:04:00, 20:05:00) attempt=1
1m45s    query a [20:05:00, 20:06:00) attempt=1
1m55s    deliver a to OTLP until 20:05:00, 1 points
1m55s    commit a seq=11 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m55s    deliver a to OTLP until 20:06:00, 1 points
1m55s    query a [20:06:00, 20:07:00) attempt=1
1m55s    query a [20:07:00, 20:08:00) attempt=1
2m5s     deliver a to OTLP until 20:07:00, 1 points
2m5s     commit a seq=12 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
2m5s     query a [00:01:00, 00:02:00) attempt=1
2m15s    deliver a to OTLP until 00:02:00, 1 points
2m15s    deliver a to Prometheus until 00:02:00, 1 points
2m15s    commit a seq=13 watermark=00:02:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
2m15s    query a [20:07:00, 20:08:00) attempt=1
2m15s    query a [20:08:00, 20:09:00) attempt=1
2m25s    deliver a to OTLP until 20:08:00, 1 points
2m25s    commit a seq=14 watermark=00:02:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
2m25s    deliver a to OTLP until 20:09:00, 1 points
2m25s    query a [20:09:00, 20:10:00) attempt=1
2m25s    query a [20:10:00, 20:11:00) attempt=1

# A failure ends it: the window is tried alone, until it works.

sink name=OTLP error=down
----
(nothing)

advance by=30s
----
2m35s    deliver a to OTLP until 20:10:00, 1 points
2m35s    commit a seq=15 watermark=00:02:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
2m40s    query a [20:09:00, 20:10:00) attempt=2
2m50s    deliver a to OTLP until 20:10:00, 1 points
2m50s    commit a seq=16 watermark=00:02:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

sink name=OTLP
----
(nothing)

advance by=30s
----
2m58s    query a [20:09:00, 20:10:00) attempt=3
3m8s     deliver a to OTLP until 20:10:00, 1 points
3m8s     commit a seq=17 watermark=00:02:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3m8s     query a [00:02:00, 00:03:00) attempt=1
3m18s    deliver a to OTLP until 00:03:00, 1 points
3m18s    deliver a to Prometheus until 00:03:00, 1 points
3m18s    commit a seq=18 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3m18s    query a [20:10:00, 20:11:00) attempt=1
3m18s    query a [20:11:00, 20:12:00) attempt=1

# A process has room for four windows of the past.

apply name=a backfill=(fix-3,-10:00:00,-10:10:00,20)
----
3m25s    commit a seq=19 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3m25s    event a BackfillStarted: Backfill "fix-3" has 10 windows. 
3m25s    schema a

advance by=30s
----
3m35s    query a [00:02:00, 00:03:00) attempt=1
3m45s    deliver a to Prometheus until 00:03:00, 1 points
3m45s    commit a seq=20 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3m45s    query a [10:00:00, 10:01:00) attempt=1
3m45s    query a [10:01:00, 10:02:00) attempt=1
3m45s    query a [10:02:00, 10:03:00) attempt=1
3m45s    query a [10:03:00, 10:04:00) attempt=1
3m55s    deliver a to OTLP until 10:01:00, 1 points
3m55s    commit a seq=21 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3m55s    deliver a to OTLP until 10:02:00, 1 points
3m55s    deliver a to OTLP until 10:03:00, 1 points
3m55s    deliver a to OTLP until 10:04:00, 1 points
3m55s    query a [10:04:00, 10:05:00) attempt=1
3m55s    query a [10:05:00, 10:06:00) attempt=1
3m55s    query a [10:06:00, 10:07:00) attempt=1
3m55s    query a [10:07:00, 10:08:00) attempt=1

# A spec that changes meanwhile takes nothing of them.

apply name=a backfill=none
----
3m55s    commit a seq=22 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3m55s    schema a

advance by=25s
----
4m5s     query a [00:02:00, 00:03:00) attempt=1
4m15s    deliver a to Prometheus until 00:03:00, 1 points
4m15s    commit a seq=23 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
4m15s    query a [00:03:00, 00:04:00) attempt=1

status name=a
----
4m20s    status a Ready=True/Succeeded generation=5 "The last window was queried and delivered."
4m20s    status a QuerySucceeded=True/Succeeded generation=5 "The last window was queried."
4m20s    status a Delivered=True/Succeeded generation=5 "Every output has the last window."
4m20s    status a last success 00:03:00, skipped 0, backlog 0, series 1
