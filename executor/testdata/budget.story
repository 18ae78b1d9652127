# When the budget of writes is used up, a write is owed, and the newest entry stands
# for all before it.

budget every=150s
----
(nothing)

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

advance by=5m30s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     deliver a to Prometheus until 00:01:00, 1 points
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to OTLP until 00:02:00, 1 points
2m1s     deliver a to Prometheus until 00:02:00, 1 points
2m29s    commit a seq=2 watermark=00:02:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to OTLP until 00:03:00, 1 points
3m1s     deliver a to Prometheus until 00:03:00, 1 points
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     deliver a to OTLP until 00:04:00, 1 points
4m1s     deliver a to Prometheus until 00:04:00, 1 points
4m59s    commit a seq=3 watermark=00:04:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to OTLP until 00:05:00, 1 points
5m1s     deliver a to Prometheus until 00:05:00, 1 points

# What is owed is written in its turn, with no run to wait for: others that write more
# often do not get ahead.

apply name=b interval=1h
----
5m30s    schema b
5m30s    query b [23:00:00, 00:00:00) attempt=1
5m30s    deliver b to OTLP until 00:00:00, 1 points
5m30s    deliver b to Prometheus until 00:00:00, 1 points

advance by=8m
----
6m1s     query a [00:05:00, 00:06:00) attempt=1
6m1s     deliver a to OTLP until 00:06:00, 1 points
6m1s     deliver a to Prometheus until 00:06:00, 1 points
7m1s     query a [00:06:00, 00:07:00) attempt=1
7m1s     deliver a to OTLP until 00:07:00, 1 points
7m1s     deliver a to Prometheus until 00:07:00, 1 points
7m29s    commit a seq=4 watermark=00:07:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
8m1s     query a [00:07:00, 00:08:00) attempt=1
8m1s     deliver a to OTLP until 00:08:00, 1 points
8m1s     deliver a to Prometheus until 00:08:00, 1 points
9m1s     query a [00:08:00, 00:09:00) attempt=1
9m1s     deliver a to OTLP until 00:09:00, 1 points
9m1s     deliver a to Prometheus until 00:09:00, 1 points
9m59s    commit b seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
9m59s    event b FirstRunSucceeded: The first window gave 1 series.
10m1s    query a [00:09:00, 00:10:00) attempt=1
10m1s    deliver a to OTLP until 00:10:00, 1 points
10m1s    deliver a to Prometheus until 00:10:00, 1 points
11m1s    query a [00:10:00, 00:11:00) attempt=1
11m1s    deliver a to OTLP until 00:11:00, 1 points
11m1s    deliver a to Prometheus until 00:11:00, 1 points
12m1s    query a [00:11:00, 00:12:00) attempt=1
12m1s    deliver a to OTLP until 00:12:00, 1 points
12m1s    deliver a to Prometheus until 00:12:00, 1 points
12m29s   commit a seq=5 watermark=00:12:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
13m1s    query a [00:12:00, 00:13:00) attempt=1
13m1s    deliver a to OTLP until 00:13:00, 1 points
13m1s    deliver a to Prometheus until 00:13:00, 1 points

# A status that says why an exporter does not run is owed, too.

apply name=b interval=1h suspend=true
----
13m30s   end b in Prometheus
13m30s   end b in OTLP

advance by=8m
----
14m1s    query a [00:13:00, 00:14:00) attempt=1
14m1s    deliver a to OTLP until 00:14:00, 1 points
14m1s    deliver a to Prometheus until 00:14:00, 1 points
14m59s   commit a seq=6 watermark=00:14:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
15m1s    query a [00:14:00, 00:15:00) attempt=1
15m1s    deliver a to OTLP until 00:15:00, 1 points
15m1s    deliver a to Prometheus until 00:15:00, 1 points
16m1s    query a [00:15:00, 00:16:00) attempt=1
16m1s    deliver a to OTLP until 00:16:00, 1 points
16m1s    deliver a to Prometheus until 00:16:00, 1 points
17m1s    query a [00:16:00, 00:17:00) attempt=1
17m1s    deliver a to OTLP until 00:17:00, 1 points
17m1s    deliver a to Prometheus until 00:17:00, 1 points
17m29s   commit b seq=2 watermark=00:00:00 Ready=False/Suspended QuerySucceeded=Unknown/Suspended Delivered=Unknown/Suspended
18m1s    query a [00:17:00, 00:18:00) attempt=1
18m1s    deliver a to OTLP until 00:18:00, 1 points
18m1s    deliver a to Prometheus until 00:18:00, 1 points
19m1s    query a [00:18:00, 00:19:00) attempt=1
19m1s    deliver a to OTLP until 00:19:00, 1 points
19m1s    deliver a to Prometheus until 00:19:00, 1 points
19m59s   commit a seq=7 watermark=00:19:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
20m1s    query a [00:19:00, 00:20:00) attempt=1
20m1s    deliver a to OTLP until 00:20:00, 1 points
20m1s    deliver a to Prometheus until 00:20:00, 1 points
21m1s    query a [00:20:00, 00:21:00) attempt=1
21m1s    deliver a to OTLP until 00:21:00, 1 points
21m1s    deliver a to Prometheus until 00:21:00, 1 points

# A write that fails is owed for five seconds.

budget every=1s
----
21m30s   query a [00:20:00, 00:21:00) attempt=1
21m30s   deliver a to OTLP until 00:21:00, 1 points
21m30s   deliver a to Prometheus until 00:21:00, 1 points
21m30s   commit a seq=8 watermark=00:21:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
21m30s   query a [00:19:00, 00:20:00) attempt=1
21m30s   deliver a to OTLP until 00:20:00, 1 points
21m30s   end b in Prometheus
21m30s   end b in OTLP

advance by=20s
----
21m31s   commit a seq=9 watermark=00:21:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

recorder error=unreachable
----
(nothing)

advance by=32s
----
22m1s    query a [00:21:00, 00:22:00) attempt=1
22m1s    deliver a to OTLP until 00:22:00, 1 points
22m1s    deliver a to Prometheus until 00:22:00, 1 points
22m1s    refused commit a
22m6s    refused commit a
22m11s   refused commit a
22m16s   refused commit a
22m21s   refused commit a

recorder
----
(nothing)

advance by=5s
----
22m26s   commit a seq=10 watermark=00:22:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# Whoever may not act owes, but does not write.

recorder error=unreachable
----
(nothing)

advance by=1m
----
23m1s    query a [00:22:00, 00:23:00) attempt=1
23m1s    deliver a to OTLP until 00:23:00, 1 points
23m1s    deliver a to Prometheus until 00:23:00, 1 points
23m1s    refused commit a
23m6s    refused commit a
23m11s   refused commit a
23m16s   refused commit a
23m21s   refused commit a
23m26s   refused commit a

ownership held=false
----
(nothing)

recorder
----
(nothing)

advance by=20s
----
(nothing)

ownership held=true
----
(nothing)

advance by=1s
----
23m47s   commit a seq=11 watermark=00:23:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# A write whose answer was lost is made once.

recorder loses=true
----
(nothing)

advance by=50s
----
24m1s    query a [00:23:00, 00:24:00) attempt=1
24m1s    deliver a to OTLP until 00:24:00, 1 points
24m1s    deliver a to Prometheus until 00:24:00, 1 points
24m1s    commit a seq=12 watermark=00:24:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
24m6s    written commit a seq=12

# An entry that is newer than the lost one follows on it, and is the one that is known.

advance by=25s
----
25m1s    query a [00:24:00, 00:25:00) attempt=1
25m1s    deliver a to OTLP until 00:25:00, 1 points
25m1s    deliver a to Prometheus until 00:25:00, 1 points
25m1s    commit a seq=13 watermark=00:25:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

recorder
----
(nothing)

apply name=a timeout=50s
----
25m3s    schema a
25m3s    query a [00:24:00, 00:25:00) attempt=1
25m3s    deliver a to Prometheus until 00:25:00, 1 points
25m3s    commit a seq=14 watermark=00:25:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

release name=a within=1m
----
25m3s    released a watermark=00:25:00 seq=14 verified=2 shown=2 exact=true attempts=0 hold=0
