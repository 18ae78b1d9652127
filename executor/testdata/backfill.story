# A backfill is a range of the backlog: whole windows of the past, one at a time,
# below live work; the rest is said.

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

apply name=a backfill=(fix-1,-23:50:30,00:30:00)
----
0s       commit a seq=2 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a BackfillStarted: Backfill "fix-1" has 9 windows. Only whole windows of the past are run; what is asked for before 1999-12-31T23:51:00Z and from 2000-01-01T00:00:00Z is not.
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=3 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       query a [23:51:00, 23:52:00) attempt=1
0s       deliver a to OTLP until 23:52:00, 1 points
0s       query a [23:52:00, 23:53:00) attempt=1
0s       deliver a to OTLP until 23:53:00, 1 points
0s       query a [23:53:00, 23:54:00) attempt=1
0s       deliver a to OTLP until 23:54:00, 1 points
0s       query a [23:54:00, 23:55:00) attempt=1
0s       deliver a to OTLP until 23:55:00, 1 points
0s       query a [23:55:00, 23:56:00) attempt=1
0s       deliver a to OTLP until 23:56:00, 1 points
0s       query a [23:56:00, 23:57:00) attempt=1
0s       deliver a to OTLP until 23:57:00, 1 points
0s       query a [23:57:00, 23:58:00) attempt=1
0s       deliver a to OTLP until 23:58:00, 1 points
0s       query a [23:58:00, 23:59:00) attempt=1
0s       deliver a to OTLP until 23:59:00, 1 points
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to OTLP until 00:00:00, 1 points
0s       commit a seq=4 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a BackfillFinished: Backfill "fix-1" is done.

status name=a
----
0s       status a Ready=True/Succeeded generation=2 "The last window was queried and delivered."
0s       status a QuerySucceeded=True/Succeeded generation=2 "The last window was queried."
0s       status a Delivered=True/Succeeded generation=2 "Every output has the last window."
0s       status a last success 00:00:00, skipped 0, backlog 0, series 1
0s       status a backfill fix-1 windows=9 pending=0 Only whole windows of the past are run; what is asked for before 1999-12-31T23:51:00Z and from 2000-01-01T00:00:00Z is not.

delivered to=OTLP
----
0s       delivered to OTLP: 9 windows from 23:51:00, 0 gaps, 1 repeated, 8 after newer ones

# A failing window waits as others do; a new owner goes on. It does not grow too
# old.

sink name=OTLP error=down
----
(nothing)

apply name=a maxAttempts=3 backfill=(fix-2,-20:00:00,-20:03:00)
----
0s       commit a seq=5 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a BackfillStarted: Backfill "fix-2" has 3 windows. 
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=6 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       query a [20:00:00, 20:01:00) attempt=1
0s       deliver a to OTLP until 20:01:00, 1 points
0s       commit a seq=7 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

restart after=20s
----
20s      query a [23:59:00, 00:00:00) attempt=1
20s      deliver a to Prometheus until 00:00:00, 1 points
20s      commit a seq=8 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
20s      query a [20:00:00, 20:01:00) attempt=2
20s      deliver a to OTLP until 20:01:00, 1 points
20s      commit a seq=9 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
20s      status a Ready=True/Succeeded generation=3 "The last window was queried and delivered."
20s      status a QuerySucceeded=True/Succeeded generation=3 "The last window was queried."
20s      status a Delivered=True/Succeeded generation=3 "Every output has the last window."
20s      status a last success 00:00:00, skipped 0, backlog 3, series 1
20s      status a backfill fix-2 windows=3 pending=3 
20s      status a backlog [20:00:00, 20:03:00) attempts=2 next=00:00:28 outputs=[] DeliveryFailed: Down.

sink name=OTLP
----
(nothing)

advance by=1m
----
28s      query a [20:00:00, 20:01:00) attempt=3
28s      deliver a to OTLP until 20:01:00, 1 points
28s      commit a seq=10 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
28s      query a [20:01:00, 20:02:00) attempt=1
28s      deliver a to OTLP until 20:02:00, 1 points
28s      query a [20:02:00, 20:03:00) attempt=1
28s      deliver a to OTLP until 20:03:00, 1 points
28s      commit a seq=11 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
28s      event a BackfillFinished: Backfill "fix-2" is done.
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     deliver a to Prometheus until 00:01:00, 1 points
1m1s     commit a seq=12 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
1m20s    status a Ready=True/Succeeded generation=3 "The last window was queried and delivered."
1m20s    status a QuerySucceeded=True/Succeeded generation=3 "The last window was queried."
1m20s    status a Delivered=True/Succeeded generation=3 "Every output has the last window."
1m20s    status a last success 00:01:00, skipped 0, backlog 0, series 1
1m20s    status a backfill fix-2 windows=3 pending=0 

# Taken back: what is left is dropped.

sink name=OTLP error=later
----
(nothing)

apply name=a backfill=(fix-3,-10:00:00,-12:00:00)
----
1m20s    commit a seq=13 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m20s    event a BackfillStarted: Backfill "fix-3" has 120 windows. 
1m20s    schema a
1m20s    query a [00:00:00, 00:01:00) attempt=1
1m20s    deliver a to Prometheus until 00:01:00, 1 points
1m20s    commit a seq=14 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m20s    query a [10:00:00, 10:01:00) attempt=1
1m20s    deliver a to OTLP until 10:01:00, 1 points
1m20s    commit a seq=15 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

apply name=a backfill=none
----
1m20s    commit a seq=16 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m20s    schema a
1m20s    query a [00:00:00, 00:01:00) attempt=1
1m20s    deliver a to Prometheus until 00:01:00, 1 points
1m20s    commit a seq=17 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
1m20s    status a Ready=True/Succeeded generation=5 "The last window was queried and delivered."
1m20s    status a QuerySucceeded=True/Succeeded generation=5 "The last window was queried."
1m20s    status a Delivered=True/Succeeded generation=5 "Every output has the last window."
1m20s    status a last success 00:01:00, skipped 0, backlog 0, series 1

# Nothing to do, and nobody to do it for.

apply name=a backfill=(fix-4,-23:00:10,-23:00:50)
----
1m20s    commit a seq=18 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m20s    event a BackfillStarted: Backfill "fix-4" has 0 windows. The request has no whole window of the past.
1m20s    schema a
1m20s    query a [00:00:00, 00:01:00) attempt=1
1m20s    deliver a to Prometheus until 00:01:00, 1 points
1m20s    commit a seq=19 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

apply name=b outputs=Prometheus backfill=(fix-5,-23:00:00,-23:10:00)
----
1m20s    schema b
1m20s    query b [00:00:00, 00:01:00) attempt=1
1m20s    deliver b to Prometheus until 00:01:00, 1 points
1m20s    commit b seq=1 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m20s    event b FirstRunSucceeded: The first window gave 1 series.
1m20s    commit b seq=2 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m20s    event b BackfillStarted: Backfill "fix-5" has 0 windows. No output of this exporter takes past windows.

status name=b
----
1m20s    status b Ready=True/Succeeded generation=1 "The last window was queried and delivered."
1m20s    status b QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
1m20s    status b Delivered=True/Succeeded generation=1 "Every output has the last window."
1m20s    status b last success 00:01:00, skipped 0, backlog 0, series 1
1m20s    status b backfill fix-5 windows=0 pending=0 No output of this exporter takes past windows.
