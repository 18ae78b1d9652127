# What was pushed is recorded before it is handed over, although the status could not
# be written before.

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

recorder error=unreachable
----
(nothing)

advance by=62s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     deliver a to Prometheus until 00:01:00, 1 points
1m1s     refused commit a

recorder
----
(nothing)

release name=a within=1m
----
1m2s     commit a seq=2 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m2s     released a watermark=00:01:00 seq=2 verified=1 shown=1 exact=true attempts=0 hold=0

drop name=a
----
1m2s     forget a in Prometheus
1m2s     forget a in OTLP

successor
----
(nothing)

take name=a
----
1m2s     query a [00:00:00, 00:01:00) attempt=1
1m2s     deliver a to Prometheus until 00:01:00, 1 points
1m2s     commit a seq=3 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

advance by=1m
----
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to OTLP until 00:02:00, 1 points
2m1s     deliver a to Prometheus until 00:02:00, 1 points
2m1s     commit a seq=4 watermark=00:02:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# So is what a backlog has given since it was last recorded.

sink name=OTLP error=down
----
(nothing)

advance by=3m
----
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to OTLP until 00:03:00, 1 points
3m1s     deliver a to Prometheus until 00:03:00, 1 points
3m1s     commit a seq=5 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m1s     event a DeliveryFailed: DeliveryFailed: OTLP: down
3m7s     query a [00:02:00, 00:03:00) attempt=2
3m7s     deliver a to OTLP until 00:03:00, 1 points
3m7s     commit a seq=6 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m15s    query a [00:02:00, 00:03:00) attempt=3
3m15s    deliver a to OTLP until 00:03:00, 1 points
3m15s    commit a seq=7 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m39s    query a [00:02:00, 00:03:00) attempt=4
3m39s    deliver a to OTLP until 00:03:00, 1 points
3m39s    commit a seq=8 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     deliver a to OTLP until 00:04:00, 1 points
4m1s     deliver a to Prometheus until 00:04:00, 1 points
4m1s     commit a seq=9 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m15s    query a [00:02:00, 00:03:00) attempt=5
4m15s    deliver a to OTLP until 00:03:00, 1 points
4m15s    commit a seq=10 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to OTLP until 00:05:00, 1 points
5m1s     deliver a to Prometheus until 00:05:00, 1 points
5m1s     commit a seq=11 watermark=00:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

kusto takes=2s
----
(nothing)

sink name=OTLP
----
(nothing)

advance by=27s
----
5m24s    query a [00:02:00, 00:03:00) attempt=6
5m26s    deliver a to OTLP until 00:03:00, 1 points
5m26s    commit a seq=12 watermark=00:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m26s    query a [00:03:00, 00:04:00) attempt=1
5m28s    deliver a to OTLP until 00:04:00, 1 points
5m28s    query a [00:04:00, 00:05:00) attempt=1

release name=a within=500ms
----
(nothing)

advance by=5s
----
5m29s    commit a seq=13 watermark=00:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m29s    released a watermark=00:05:00 seq=13 verified=1 shown=1 exact=true attempts=0 hold=0

kusto
----
(nothing)

successor
----
(nothing)

take name=a
----
5m34s    query a [00:04:00, 00:05:00) attempt=1
5m34s    deliver a to Prometheus until 00:05:00, 1 points
5m34s    commit a seq=14 watermark=00:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m34s    query a [00:04:00, 00:05:00) attempt=1
5m34s    deliver a to OTLP until 00:05:00, 1 points
5m34s    commit a seq=15 watermark=00:05:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
5m34s    event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.

advance by=3m
----
6m1s     query a [00:05:00, 00:06:00) attempt=1
6m1s     deliver a to OTLP until 00:06:00, 1 points
6m1s     deliver a to Prometheus until 00:06:00, 1 points
6m1s     commit a seq=16 watermark=00:06:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
7m1s     query a [00:06:00, 00:07:00) attempt=1
7m1s     deliver a to OTLP until 00:07:00, 1 points
7m1s     deliver a to Prometheus until 00:07:00, 1 points
7m1s     commit a seq=17 watermark=00:07:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
8m1s     query a [00:07:00, 00:08:00) attempt=1
8m1s     deliver a to OTLP until 00:08:00, 1 points
8m1s     deliver a to Prometheus until 00:08:00, 1 points
8m1s     commit a seq=18 watermark=00:08:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

delivered to=OTLP
----
8m34s    delivered to OTLP: 9 windows from 23:59:00, 0 gaps, 0 repeated, 0 after newer ones

# A replica that may not act records nothing. Its successor may do so.

recorder error=unreachable
----
(nothing)

advance by=58s
----
9m1s     query a [00:08:00, 00:09:00) attempt=1
9m1s     deliver a to OTLP until 00:09:00, 1 points
9m1s     deliver a to Prometheus until 00:09:00, 1 points
9m1s     refused commit a
9m6s     refused commit a
9m11s    refused commit a
9m16s    refused commit a
9m21s    refused commit a
9m26s    refused commit a
9m31s    refused commit a

recorder
----
(nothing)

ownership held=false
----
(nothing)

release name=a within=1m
----
9m32s    released a watermark=00:09:00 seq=18 verified=1 shown=1 exact=true attempts=0 hold=0

drop name=a
----
9m32s    forget a in Prometheus
9m32s    forget a in OTLP

ownership held=true
----
(nothing)

successor
----
(nothing)

take name=a from=a
----
(nothing)

advance by=1m
----
9m36s    commit a seq=19 watermark=00:09:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
10m1s    query a [00:09:00, 00:10:00) attempt=1
10m1s    deliver a to OTLP until 00:10:00, 1 points
10m1s    deliver a to Prometheus until 00:10:00, 1 points
10m1s    commit a seq=20 watermark=00:10:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

delivered to=OTLP
----
10m32s   delivered to OTLP: 11 windows from 23:59:00, 0 gaps, 0 repeated, 0 after newer ones

# A write that was allowed for later does not have to wait for that.

budget every=1h
----
10m32s   query a [00:09:00, 00:10:00) attempt=1
10m32s   deliver a to Prometheus until 00:10:00, 1 points
10m32s   commit a seq=21 watermark=00:10:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

advance by=1m
----
11m1s    query a [00:10:00, 00:11:00) attempt=1
11m1s    deliver a to OTLP until 00:11:00, 1 points
11m1s    deliver a to Prometheus until 00:11:00, 1 points

release name=a within=1m
----
11m32s   commit a seq=22 watermark=00:11:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
11m32s   released a watermark=00:11:00 seq=22 verified=1 shown=1 exact=true attempts=0 hold=0
