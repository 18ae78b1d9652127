# An exporter whose new spec is not valid keeps its backlog, untouched, however
# long it takes to mend it.

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

sink name=OTLP error=down
----
(nothing)

apply name=a backfill=(fix,-20:00:00,-20:03:00)
----
0s       commit a seq=2 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a BackfillStarted: Backfill "fix" has 3 windows. 
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=3 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       query a [20:00:00, 20:01:00) attempt=1
0s       deliver a to OTLP until 20:01:00, 1 points
0s       commit a seq=4 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

advance by=2m
----
5s       query a [20:00:00, 20:01:00) attempt=2
5s       deliver a to OTLP until 20:01:00, 1 points
5s       commit a seq=5 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
13s      query a [20:00:00, 20:01:00) attempt=3
13s      deliver a to OTLP until 20:01:00, 1 points
13s      commit a seq=6 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
37s      query a [20:00:00, 20:01:00) attempt=4
37s      deliver a to OTLP until 20:01:00, 1 points
37s      commit a seq=7 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     deliver a to Prometheus until 00:01:00, 1 points
1m1s     commit a seq=8 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m1s     event a DeliveryFailed: DeliveryFailed: OTLP: down
1m7s     query a [00:00:00, 00:01:00) attempt=2
1m7s     deliver a to OTLP until 00:01:00, 1 points
1m7s     commit a seq=9 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m13s    query a [20:00:00, 20:01:00) attempt=5
1m13s    deliver a to OTLP until 20:01:00, 1 points
1m13s    commit a seq=10 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m15s    query a [00:00:00, 00:01:00) attempt=3
1m15s    deliver a to OTLP until 00:01:00, 1 points
1m15s    commit a seq=11 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m39s    query a [00:00:00, 00:01:00) attempt=4
1m39s    deliver a to OTLP until 00:01:00, 1 points
1m39s    commit a seq=12 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

refuse name=a error=broken
----
2m0s     end a in Prometheus
2m0s     end a in OTLP
2m0s     commit a seq=13 watermark=00:01:00 Ready=False/InvalidSpec QuerySucceeded=Unknown/InvalidSpec Delivered=Unknown/InvalidSpec Stalled=True/InvalidSpec
2m0s     event a Refused: InvalidSpec: Broken.

advance by=30h
----
(nothing)

status name=a
----
30h2m0s  status a Ready=False/InvalidSpec generation=3 "Broken."
30h2m0s  status a QuerySucceeded=Unknown/InvalidSpec generation=3 "The exporter does not run."
30h2m0s  status a Delivered=Unknown/InvalidSpec generation=3 "The exporter does not run."
30h2m0s  status a Stalled=True/InvalidSpec generation=3 "Broken."
30h2m0s  status a last success 00:01:00, skipped 0, backlog 4, series 1
30h2m0s  status a backfill fix windows=3 pending=3 
30h2m0s  status a backlog [20:00:00, 20:03:00) attempts=5 next=00:02:22 outputs=[] DeliveryFailed: Down.
30h2m0s  status a backlog [00:00:00, 00:01:00) attempts=4 next=00:02:15 outputs=[OTLP] DeliveryFailed: Down.
