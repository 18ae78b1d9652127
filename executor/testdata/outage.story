# An output that is away for an hour: afterwards every window has been delivered
# once, and the other output never noticed.

sinks remoteWrite=eu
----
(nothing)

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to OTLP until 00:00:00, 1 points
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       deliver a to RemoteWrite until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

sink name=OTLP error=down
----
(nothing)

advance by=1h
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     deliver a to Prometheus until 00:01:00, 1 points
1m1s     deliver a to RemoteWrite until 00:01:00, 1 points
1m1s     commit a seq=2 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m1s     event a DeliveryFailed: DeliveryFailed: OTLP: down
1m7s     query a [00:00:00, 00:01:00) attempt=2
1m7s     deliver a to OTLP until 00:01:00, 1 points
1m7s     commit a seq=3 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m15s    query a [00:00:00, 00:01:00) attempt=3
1m15s    deliver a to OTLP until 00:01:00, 1 points
1m15s    commit a seq=4 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m39s    query a [00:00:00, 00:01:00) attempt=4
1m39s    deliver a to OTLP until 00:01:00, 1 points
1m39s    commit a seq=5 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to OTLP until 00:02:00, 1 points
2m1s     deliver a to Prometheus until 00:02:00, 1 points
2m1s     deliver a to RemoteWrite until 00:02:00, 1 points
2m1s     commit a seq=6 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m15s    query a [00:00:00, 00:01:00) attempt=5
2m15s    deliver a to OTLP until 00:01:00, 1 points
2m15s    commit a seq=7 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to OTLP until 00:03:00, 1 points
3m1s     deliver a to Prometheus until 00:03:00, 1 points
3m1s     deliver a to RemoteWrite until 00:03:00, 1 points
3m1s     commit a seq=8 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m24s    query a [00:00:00, 00:01:00) attempt=6
3m24s    deliver a to OTLP until 00:01:00, 1 points
3m24s    commit a seq=9 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     deliver a to OTLP until 00:04:00, 1 points
4m1s     deliver a to Prometheus until 00:04:00, 1 points
4m1s     deliver a to RemoteWrite until 00:04:00, 1 points
4m1s     commit a seq=10 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to OTLP until 00:05:00, 1 points
5m1s     deliver a to Prometheus until 00:05:00, 1 points
5m1s     deliver a to RemoteWrite until 00:05:00, 1 points
5m1s     commit a seq=11 watermark=00:05:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
6m1s     query a [00:05:00, 00:06:00) attempt=1
6m1s     deliver a to OTLP until 00:06:00, 1 points
6m1s     deliver a to Prometheus until 00:06:00, 1 points
6m1s     deliver a to RemoteWrite until 00:06:00, 1 points
6m1s     commit a seq=12 watermark=00:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
6m3s     query a [00:00:00, 00:01:00) attempt=7
6m3s     deliver a to OTLP until 00:01:00, 1 points
6m3s     commit a seq=13 watermark=00:06:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
7m1s     query a [00:06:00, 00:07:00) attempt=1
7m1s     deliver a to OTLP until 00:07:00, 1 points
7m1s     deliver a to Prometheus until 00:07:00, 1 points
7m1s     deliver a to RemoteWrite until 00:07:00, 1 points
7m1s     commit a seq=14 watermark=00:07:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
8m1s     query a [00:07:00, 00:08:00) attempt=1
8m1s     deliver a to OTLP until 00:08:00, 1 points
8m1s     deliver a to Prometheus until 00:08:00, 1 points
8m1s     deliver a to RemoteWrite until 00:08:00, 1 points
8m1s     commit a seq=15 watermark=00:08:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
9m1s     query a [00:08:00, 00:09:00) attempt=1
9m1s     deliver a to OTLP until 00:09:00, 1 points
9m1s     deliver a to Prometheus until 00:09:00, 1 points
9m1s     deliver a to RemoteWrite until 00:09:00, 1 points
9m1s     commit a seq=16 watermark=00:09:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
10m1s    query a [00:09:00, 00:10:00) attempt=1
10m1s    deliver a to OTLP until 00:10:00, 1 points
10m1s    deliver a to Prometheus until 00:10:00, 1 points
10m1s    deliver a to RemoteWrite until 00:10:00, 1 points
10m1s    commit a seq=17 watermark=00:10:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
10m49s   query a [00:00:00, 00:01:00) attempt=8
10m49s   deliver a to OTLP until 00:01:00, 1 points
10m49s   commit a seq=18 watermark=00:10:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
11m1s    query a [00:10:00, 00:11:00) attempt=1
11m1s    deliver a to OTLP until 00:11:00, 1 points
11m1s    deliver a to Prometheus until 00:11:00, 1 points
11m1s    deliver a to RemoteWrite until 00:11:00, 1 points
11m1s    commit a seq=19 watermark=00:11:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
12m1s    query a [00:11:00, 00:12:00) attempt=1
12m1s    deliver a to OTLP until 00:12:00, 1 points
12m1s    deliver a to Prometheus until 00:12:00, 1 points
12m1s    deliver a to RemoteWrite until 00:12:00, 1 points
12m1s    commit a seq=20 watermark=00:12:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
13m1s    query a [00:12:00, 00:13:00) attempt=1
13m1s    deliver a to OTLP until 00:13:00, 1 points
13m1s    deliver a to Prometheus until 00:13:00, 1 points
13m1s    deliver a to RemoteWrite until 00:13:00, 1 points
13m1s    commit a seq=21 watermark=00:13:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
14m1s    query a [00:13:00, 00:14:00) attempt=1
14m1s    deliver a to OTLP until 00:14:00, 1 points
14m1s    deliver a to Prometheus until 00:14:00, 1 points
14m1s    deliver a to RemoteWrite until 00:14:00, 1 points
14m1s    commit a seq=22 watermark=00:14:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
15m1s    query a [00:14:00, 00:15:00) attempt=1
15m1s    deliver a to OTLP until 00:15:00, 1 points
15m1s    deliver a to Prometheus until 00:15:00, 1 points
15m1s    deliver a to RemoteWrite until 00:15:00, 1 points
15m1s    commit a seq=23 watermark=00:15:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
16m1s    query a [00:15:00, 00:16:00) attempt=1
16m1s    deliver a to OTLP until 00:16:00, 1 points
16m1s    deliver a to Prometheus until 00:16:00, 1 points
16m1s    deliver a to RemoteWrite until 00:16:00, 1 points
16m1s    commit a seq=24 watermark=00:16:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
16m48s   query a [00:00:00, 00:01:00) attempt=9
16m48s   deliver a to OTLP until 00:01:00, 1 points
16m48s   commit a seq=25 watermark=00:16:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
17m1s    query a [00:16:00, 00:17:00) attempt=1
17m1s    deliver a to OTLP until 00:17:00, 1 points
17m1s    deliver a to Prometheus until 00:17:00, 1 points
17m1s    deliver a to RemoteWrite until 00:17:00, 1 points
17m1s    commit a seq=26 watermark=00:17:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
18m1s    query a [00:17:00, 00:18:00) attempt=1
18m1s    deliver a to OTLP until 00:18:00, 1 points
18m1s    deliver a to Prometheus until 00:18:00, 1 points
18m1s    deliver a to RemoteWrite until 00:18:00, 1 points
18m1s    commit a seq=27 watermark=00:18:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
19m1s    query a [00:18:00, 00:19:00) attempt=1
19m1s    deliver a to OTLP until 00:19:00, 1 points
19m1s    deliver a to Prometheus until 00:19:00, 1 points
19m1s    deliver a to RemoteWrite until 00:19:00, 1 points
19m1s    commit a seq=28 watermark=00:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
20m1s    query a [00:19:00, 00:20:00) attempt=1
20m1s    deliver a to OTLP until 00:20:00, 1 points
20m1s    deliver a to Prometheus until 00:20:00, 1 points
20m1s    deliver a to RemoteWrite until 00:20:00, 1 points
20m1s    commit a seq=29 watermark=00:20:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
21m1s    query a [00:20:00, 00:21:00) attempt=1
21m1s    deliver a to OTLP until 00:21:00, 1 points
21m1s    deliver a to Prometheus until 00:21:00, 1 points
21m1s    deliver a to RemoteWrite until 00:21:00, 1 points
21m1s    commit a seq=30 watermark=00:21:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
22m1s    query a [00:21:00, 00:22:00) attempt=1
22m1s    deliver a to OTLP until 00:22:00, 1 points
22m1s    deliver a to Prometheus until 00:22:00, 1 points
22m1s    deliver a to RemoteWrite until 00:22:00, 1 points
22m1s    commit a seq=31 watermark=00:22:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
22m35s   query a [00:00:00, 00:01:00) attempt=10
22m35s   deliver a to OTLP until 00:01:00, 1 points
22m35s   commit a seq=32 watermark=00:22:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
23m1s    query a [00:22:00, 00:23:00) attempt=1
23m1s    deliver a to OTLP until 00:23:00, 1 points
23m1s    deliver a to Prometheus until 00:23:00, 1 points
23m1s    deliver a to RemoteWrite until 00:23:00, 1 points
23m1s    commit a seq=33 watermark=00:23:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
24m1s    query a [00:23:00, 00:24:00) attempt=1
24m1s    deliver a to OTLP until 00:24:00, 1 points
24m1s    deliver a to Prometheus until 00:24:00, 1 points
24m1s    deliver a to RemoteWrite until 00:24:00, 1 points
24m1s    commit a seq=34 watermark=00:24:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
25m1s    query a [00:24:00, 00:25:00) attempt=1
25m1s    deliver a to OTLP until 00:25:00, 1 points
25m1s    deliver a to Prometheus until 00:25:00, 1 points
25m1s    deliver a to RemoteWrite until 00:25:00, 1 points
25m1s    commit a seq=35 watermark=00:25:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
26m1s    query a [00:25:00, 00:26:00) attempt=1
26m1s    deliver a to OTLP until 00:26:00, 1 points
26m1s    deliver a to Prometheus until 00:26:00, 1 points
26m1s    deliver a to RemoteWrite until 00:26:00, 1 points
26m1s    commit a seq=36 watermark=00:26:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
27m1s    query a [00:26:00, 00:27:00) attempt=1
27m1s    deliver a to OTLP until 00:27:00, 1 points
27m1s    deliver a to Prometheus until 00:27:00, 1 points
27m1s    deliver a to RemoteWrite until 00:27:00, 1 points
27m1s    commit a seq=37 watermark=00:27:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
27m59s   query a [00:00:00, 00:01:00) attempt=11
27m59s   deliver a to OTLP until 00:01:00, 1 points
27m59s   commit a seq=38 watermark=00:27:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
28m1s    query a [00:27:00, 00:28:00) attempt=1
28m1s    deliver a to OTLP until 00:28:00, 1 points
28m1s    deliver a to Prometheus until 00:28:00, 1 points
28m1s    deliver a to RemoteWrite until 00:28:00, 1 points
28m1s    commit a seq=39 watermark=00:28:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
29m1s    query a [00:28:00, 00:29:00) attempt=1
29m1s    deliver a to OTLP until 00:29:00, 1 points
29m1s    deliver a to Prometheus until 00:29:00, 1 points
29m1s    deliver a to RemoteWrite until 00:29:00, 1 points
29m1s    commit a seq=40 watermark=00:29:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
30m1s    query a [00:29:00, 00:30:00) attempt=1
30m1s    deliver a to OTLP until 00:30:00, 1 points
30m1s    deliver a to Prometheus until 00:30:00, 1 points
30m1s    deliver a to RemoteWrite until 00:30:00, 1 points
30m1s    commit a seq=41 watermark=00:30:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
31m1s    query a [00:30:00, 00:31:00) attempt=1
31m1s    deliver a to OTLP until 00:31:00, 1 points
31m1s    deliver a to Prometheus until 00:31:00, 1 points
31m1s    deliver a to RemoteWrite until 00:31:00, 1 points
31m1s    commit a seq=42 watermark=00:31:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
32m1s    query a [00:31:00, 00:32:00) attempt=1
32m1s    deliver a to OTLP until 00:32:00, 1 points
32m1s    deliver a to Prometheus until 00:32:00, 1 points
32m1s    deliver a to RemoteWrite until 00:32:00, 1 points
32m1s    commit a seq=43 watermark=00:32:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
33m1s    query a [00:32:00, 00:33:00) attempt=1
33m1s    deliver a to OTLP until 00:33:00, 1 points
33m1s    deliver a to Prometheus until 00:33:00, 1 points
33m1s    deliver a to RemoteWrite until 00:33:00, 1 points
33m1s    commit a seq=44 watermark=00:33:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
33m36s   query a [00:00:00, 00:01:00) attempt=12
33m36s   deliver a to OTLP until 00:01:00, 1 points
33m36s   commit a seq=45 watermark=00:33:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
34m1s    query a [00:33:00, 00:34:00) attempt=1
34m1s    deliver a to OTLP until 00:34:00, 1 points
34m1s    deliver a to Prometheus until 00:34:00, 1 points
34m1s    deliver a to RemoteWrite until 00:34:00, 1 points
34m1s    commit a seq=46 watermark=00:34:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
35m1s    query a [00:34:00, 00:35:00) attempt=1
35m1s    deliver a to OTLP until 00:35:00, 1 points
35m1s    deliver a to Prometheus until 00:35:00, 1 points
35m1s    deliver a to RemoteWrite until 00:35:00, 1 points
35m1s    commit a seq=47 watermark=00:35:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
36m1s    query a [00:35:00, 00:36:00) attempt=1
36m1s    deliver a to OTLP until 00:36:00, 1 points
36m1s    deliver a to Prometheus until 00:36:00, 1 points
36m1s    deliver a to RemoteWrite until 00:36:00, 1 points
36m1s    commit a seq=48 watermark=00:36:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
37m1s    query a [00:36:00, 00:37:00) attempt=1
37m1s    deliver a to OTLP until 00:37:00, 1 points
37m1s    deliver a to Prometheus until 00:37:00, 1 points
37m1s    deliver a to RemoteWrite until 00:37:00, 1 points
37m1s    commit a seq=49 watermark=00:37:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
38m1s    query a [00:37:00, 00:38:00) attempt=1
38m1s    deliver a to OTLP until 00:38:00, 1 points
38m1s    deliver a to Prometheus until 00:38:00, 1 points
38m1s    deliver a to RemoteWrite until 00:38:00, 1 points
38m1s    commit a seq=50 watermark=00:38:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
39m1s    query a [00:38:00, 00:39:00) attempt=1
39m1s    deliver a to OTLP until 00:39:00, 1 points
39m1s    deliver a to Prometheus until 00:39:00, 1 points
39m1s    deliver a to RemoteWrite until 00:39:00, 1 points
39m1s    commit a seq=51 watermark=00:39:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
39m26s   query a [00:00:00, 00:01:00) attempt=13
39m26s   deliver a to OTLP until 00:01:00, 1 points
39m26s   commit a seq=52 watermark=00:39:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
40m1s    query a [00:39:00, 00:40:00) attempt=1
40m1s    deliver a to OTLP until 00:40:00, 1 points
40m1s    deliver a to Prometheus until 00:40:00, 1 points
40m1s    deliver a to RemoteWrite until 00:40:00, 1 points
40m1s    commit a seq=53 watermark=00:40:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
41m1s    query a [00:40:00, 00:41:00) attempt=1
41m1s    deliver a to OTLP until 00:41:00, 1 points
41m1s    deliver a to Prometheus until 00:41:00, 1 points
41m1s    deliver a to RemoteWrite until 00:41:00, 1 points
41m1s    commit a seq=54 watermark=00:41:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
42m1s    query a [00:41:00, 00:42:00) attempt=1
42m1s    deliver a to OTLP until 00:42:00, 1 points
42m1s    deliver a to Prometheus until 00:42:00, 1 points
42m1s    deliver a to RemoteWrite until 00:42:00, 1 points
42m1s    commit a seq=55 watermark=00:42:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
43m1s    query a [00:42:00, 00:43:00) attempt=1
43m1s    deliver a to OTLP until 00:43:00, 1 points
43m1s    deliver a to Prometheus until 00:43:00, 1 points
43m1s    deliver a to RemoteWrite until 00:43:00, 1 points
43m1s    commit a seq=56 watermark=00:43:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
43m28s   query a [00:00:00, 00:01:00) attempt=14
43m28s   deliver a to OTLP until 00:01:00, 1 points
43m28s   commit a seq=57 watermark=00:43:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
44m1s    query a [00:43:00, 00:44:00) attempt=1
44m1s    deliver a to OTLP until 00:44:00, 1 points
44m1s    deliver a to Prometheus until 00:44:00, 1 points
44m1s    deliver a to RemoteWrite until 00:44:00, 1 points
44m1s    commit a seq=58 watermark=00:44:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
45m1s    query a [00:44:00, 00:45:00) attempt=1
45m1s    deliver a to OTLP until 00:45:00, 1 points
45m1s    deliver a to Prometheus until 00:45:00, 1 points
45m1s    deliver a to RemoteWrite until 00:45:00, 1 points
45m1s    commit a seq=59 watermark=00:45:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
46m1s    query a [00:45:00, 00:46:00) attempt=1
46m1s    deliver a to OTLP until 00:46:00, 1 points
46m1s    deliver a to Prometheus until 00:46:00, 1 points
46m1s    deliver a to RemoteWrite until 00:46:00, 1 points
46m1s    commit a seq=60 watermark=00:46:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
47m1s    query a [00:46:00, 00:47:00) attempt=1
47m1s    deliver a to OTLP until 00:47:00, 1 points
47m1s    deliver a to Prometheus until 00:47:00, 1 points
47m1s    deliver a to RemoteWrite until 00:47:00, 1 points
47m1s    commit a seq=61 watermark=00:47:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
47m43s   query a [00:00:00, 00:01:00) attempt=15
47m43s   deliver a to OTLP until 00:01:00, 1 points
47m43s   commit a seq=62 watermark=00:47:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
48m1s    query a [00:47:00, 00:48:00) attempt=1
48m1s    deliver a to OTLP until 00:48:00, 1 points
48m1s    deliver a to Prometheus until 00:48:00, 1 points
48m1s    deliver a to RemoteWrite until 00:48:00, 1 points
48m1s    commit a seq=63 watermark=00:48:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
49m1s    query a [00:48:00, 00:49:00) attempt=1
49m1s    deliver a to OTLP until 00:49:00, 1 points
49m1s    deliver a to Prometheus until 00:49:00, 1 points
49m1s    deliver a to RemoteWrite until 00:49:00, 1 points
49m1s    commit a seq=64 watermark=00:49:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
50m1s    query a [00:49:00, 00:50:00) attempt=1
50m1s    deliver a to OTLP until 00:50:00, 1 points
50m1s    deliver a to Prometheus until 00:50:00, 1 points
50m1s    deliver a to RemoteWrite until 00:50:00, 1 points
50m1s    commit a seq=65 watermark=00:50:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
51m1s    query a [00:50:00, 00:51:00) attempt=1
51m1s    deliver a to OTLP until 00:51:00, 1 points
51m1s    deliver a to Prometheus until 00:51:00, 1 points
51m1s    deliver a to RemoteWrite until 00:51:00, 1 points
51m1s    commit a seq=66 watermark=00:51:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
52m1s    query a [00:51:00, 00:52:00) attempt=1
52m1s    deliver a to OTLP until 00:52:00, 1 points
52m1s    deliver a to Prometheus until 00:52:00, 1 points
52m1s    deliver a to RemoteWrite until 00:52:00, 1 points
52m1s    commit a seq=67 watermark=00:52:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
52m11s   query a [00:00:00, 00:01:00) attempt=16
52m11s   deliver a to OTLP until 00:01:00, 1 points
52m11s   commit a seq=68 watermark=00:52:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
53m1s    query a [00:52:00, 00:53:00) attempt=1
53m1s    deliver a to OTLP until 00:53:00, 1 points
53m1s    deliver a to Prometheus until 00:53:00, 1 points
53m1s    deliver a to RemoteWrite until 00:53:00, 1 points
53m1s    commit a seq=69 watermark=00:53:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
54m1s    query a [00:53:00, 00:54:00) attempt=1
54m1s    deliver a to OTLP until 00:54:00, 1 points
54m1s    deliver a to Prometheus until 00:54:00, 1 points
54m1s    deliver a to RemoteWrite until 00:54:00, 1 points
54m1s    commit a seq=70 watermark=00:54:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
55m1s    query a [00:54:00, 00:55:00) attempt=1
55m1s    deliver a to OTLP until 00:55:00, 1 points
55m1s    deliver a to Prometheus until 00:55:00, 1 points
55m1s    deliver a to RemoteWrite until 00:55:00, 1 points
55m1s    commit a seq=71 watermark=00:55:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
56m1s    query a [00:55:00, 00:56:00) attempt=1
56m1s    deliver a to OTLP until 00:56:00, 1 points
56m1s    deliver a to Prometheus until 00:56:00, 1 points
56m1s    deliver a to RemoteWrite until 00:56:00, 1 points
56m1s    commit a seq=72 watermark=00:56:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
56m52s   query a [00:00:00, 00:01:00) attempt=17
56m52s   deliver a to OTLP until 00:01:00, 1 points
56m52s   commit a seq=73 watermark=00:56:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
57m1s    query a [00:56:00, 00:57:00) attempt=1
57m1s    deliver a to OTLP until 00:57:00, 1 points
57m1s    deliver a to Prometheus until 00:57:00, 1 points
57m1s    deliver a to RemoteWrite until 00:57:00, 1 points
57m1s    commit a seq=74 watermark=00:57:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
58m1s    query a [00:57:00, 00:58:00) attempt=1
58m1s    deliver a to OTLP until 00:58:00, 1 points
58m1s    deliver a to Prometheus until 00:58:00, 1 points
58m1s    deliver a to RemoteWrite until 00:58:00, 1 points
58m1s    commit a seq=75 watermark=00:58:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
59m1s    query a [00:58:00, 00:59:00) attempt=1
59m1s    deliver a to OTLP until 00:59:00, 1 points
59m1s    deliver a to Prometheus until 00:59:00, 1 points
59m1s    deliver a to RemoteWrite until 00:59:00, 1 points
59m1s    commit a seq=76 watermark=00:59:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
1h0m0s   status a Ready=False/DeliveryFailed generation=1 "OTLP: down"
1h0m0s   status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
1h0m0s   status a Delivered=False/DeliveryFailed generation=1 "OTLP: down"
1h0m0s   status a last success 00:59:00, skipped 0, backlog 59, series 1
1h0m0s   status a backlog [00:00:00, 00:59:00) attempts=17 next=01:01:45 outputs=[OTLP] DeliveryFailed: Down.

sink name=OTLP
----
(nothing)

advance by=2m
----
1h0m1s   query a [00:59:00, 01:00:00) attempt=1
1h0m1s   deliver a to OTLP until 01:00:00, 1 points
1h0m1s   deliver a to Prometheus until 01:00:00, 1 points
1h0m1s   deliver a to RemoteWrite until 01:00:00, 1 points
1h0m1s   commit a seq=77 watermark=01:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1h0m1s   event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
1h0m1s   query a [00:00:00, 00:01:00) attempt=18
1h0m1s   deliver a to OTLP until 00:01:00, 1 points
1h0m1s   query a [00:01:00, 00:02:00) attempt=1
1h0m1s   deliver a to OTLP until 00:02:00, 1 points
1h0m1s   query a [00:02:00, 00:03:00) attempt=1
1h0m1s   deliver a to OTLP until 00:03:00, 1 points
1h0m1s   query a [00:03:00, 00:04:00) attempt=1
1h0m1s   deliver a to OTLP until 00:04:00, 1 points
1h0m1s   query a [00:04:00, 00:05:00) attempt=1
1h0m1s   deliver a to OTLP until 00:05:00, 1 points
1h0m1s   query a [00:05:00, 00:06:00) attempt=1
1h0m1s   deliver a to OTLP until 00:06:00, 1 points
1h0m1s   query a [00:06:00, 00:07:00) attempt=1
1h0m1s   deliver a to OTLP until 00:07:00, 1 points
1h0m1s   query a [00:07:00, 00:08:00) attempt=1
1h0m1s   deliver a to OTLP until 00:08:00, 1 points
1h0m1s   query a [00:08:00, 00:09:00) attempt=1
1h0m1s   deliver a to OTLP until 00:09:00, 1 points
1h0m1s   query a [00:09:00, 00:10:00) attempt=1
1h0m1s   deliver a to OTLP until 00:10:00, 1 points
1h0m1s   query a [00:10:00, 00:11:00) attempt=1
1h0m1s   deliver a to OTLP until 00:11:00, 1 points
1h0m1s   query a [00:11:00, 00:12:00) attempt=1
1h0m1s   deliver a to OTLP until 00:12:00, 1 points
1h0m1s   query a [00:12:00, 00:13:00) attempt=1
1h0m1s   deliver a to OTLP until 00:13:00, 1 points
1h0m1s   query a [00:13:00, 00:14:00) attempt=1
1h0m1s   deliver a to OTLP until 00:14:00, 1 points
1h0m1s   query a [00:14:00, 00:15:00) attempt=1
1h0m1s   deliver a to OTLP until 00:15:00, 1 points
1h0m1s   query a [00:15:00, 00:16:00) attempt=1
1h0m1s   deliver a to OTLP until 00:16:00, 1 points
1h0m1s   query a [00:16:00, 00:17:00) attempt=1
1h0m1s   deliver a to OTLP until 00:17:00, 1 points
1h0m1s   query a [00:17:00, 00:18:00) attempt=1
1h0m1s   deliver a to OTLP until 00:18:00, 1 points
1h0m1s   query a [00:18:00, 00:19:00) attempt=1
1h0m1s   deliver a to OTLP until 00:19:00, 1 points
1h0m1s   query a [00:19:00, 00:20:00) attempt=1
1h0m1s   deliver a to OTLP until 00:20:00, 1 points
1h0m1s   query a [00:20:00, 00:21:00) attempt=1
1h0m1s   deliver a to OTLP until 00:21:00, 1 points
1h0m1s   query a [00:21:00, 00:22:00) attempt=1
1h0m1s   deliver a to OTLP until 00:22:00, 1 points
1h0m1s   query a [00:22:00, 00:23:00) attempt=1
1h0m1s   deliver a to OTLP until 00:23:00, 1 points
1h0m1s   query a [00:23:00, 00:24:00) attempt=1
1h0m1s   deliver a to OTLP until 00:24:00, 1 points
1h0m1s   query a [00:24:00, 00:25:00) attempt=1
1h0m1s   deliver a to OTLP until 00:25:00, 1 points
1h0m1s   query a [00:25:00, 00:26:00) attempt=1
1h0m1s   deliver a to OTLP until 00:26:00, 1 points
1h0m1s   query a [00:26:00, 00:27:00) attempt=1
1h0m1s   deliver a to OTLP until 00:27:00, 1 points
1h0m1s   query a [00:27:00, 00:28:00) attempt=1
1h0m1s   deliver a to OTLP until 00:28:00, 1 points
1h0m1s   query a [00:28:00, 00:29:00) attempt=1
1h0m1s   deliver a to OTLP until 00:29:00, 1 points
1h0m1s   query a [00:29:00, 00:30:00) attempt=1
1h0m1s   deliver a to OTLP until 00:30:00, 1 points
1h0m1s   query a [00:30:00, 00:31:00) attempt=1
1h0m1s   deliver a to OTLP until 00:31:00, 1 points
1h0m1s   query a [00:31:00, 00:32:00) attempt=1
1h0m1s   deliver a to OTLP until 00:32:00, 1 points
1h0m1s   query a [00:32:00, 00:33:00) attempt=1
1h0m1s   deliver a to OTLP until 00:33:00, 1 points
1h0m1s   query a [00:33:00, 00:34:00) attempt=1
1h0m1s   deliver a to OTLP until 00:34:00, 1 points
1h0m1s   query a [00:34:00, 00:35:00) attempt=1
1h0m1s   deliver a to OTLP until 00:35:00, 1 points
1h0m1s   query a [00:35:00, 00:36:00) attempt=1
1h0m1s   deliver a to OTLP until 00:36:00, 1 points
1h0m1s   query a [00:36:00, 00:37:00) attempt=1
1h0m1s   deliver a to OTLP until 00:37:00, 1 points
1h0m1s   query a [00:37:00, 00:38:00) attempt=1
1h0m1s   deliver a to OTLP until 00:38:00, 1 points
1h0m1s   query a [00:38:00, 00:39:00) attempt=1
1h0m1s   deliver a to OTLP until 00:39:00, 1 points
1h0m1s   query a [00:39:00, 00:40:00) attempt=1
1h0m1s   deliver a to OTLP until 00:40:00, 1 points
1h0m1s   query a [00:40:00, 00:41:00) attempt=1
1h0m1s   deliver a to OTLP until 00:41:00, 1 points
1h0m1s   query a [00:41:00, 00:42:00) attempt=1
1h0m1s   deliver a to OTLP until 00:42:00, 1 points
1h0m1s   query a [00:42:00, 00:43:00) attempt=1
1h0m1s   deliver a to OTLP until 00:43:00, 1 points
1h0m1s   query a [00:43:00, 00:44:00) attempt=1
1h0m1s   deliver a to OTLP until 00:44:00, 1 points
1h0m1s   query a [00:44:00, 00:45:00) attempt=1
1h0m1s   deliver a to OTLP until 00:45:00, 1 points
1h0m1s   query a [00:45:00, 00:46:00) attempt=1
1h0m1s   deliver a to OTLP until 00:46:00, 1 points
1h0m1s   query a [00:46:00, 00:47:00) attempt=1
1h0m1s   deliver a to OTLP until 00:47:00, 1 points
1h0m1s   query a [00:47:00, 00:48:00) attempt=1
1h0m1s   deliver a to OTLP until 00:48:00, 1 points
1h0m1s   query a [00:48:00, 00:49:00) attempt=1
1h0m1s   deliver a to OTLP until 00:49:00, 1 points
1h0m1s   query a [00:49:00, 00:50:00) attempt=1
1h0m1s   deliver a to OTLP until 00:50:00, 1 points
1h0m1s   query a [00:50:00, 00:51:00) attempt=1
1h0m1s   deliver a to OTLP until 00:51:00, 1 points
1h0m1s   query a [00:51:00, 00:52:00) attempt=1
1h0m1s   deliver a to OTLP until 00:52:00, 1 points
1h0m1s   query a [00:52:00, 00:53:00) attempt=1
1h0m1s   deliver a to OTLP until 00:53:00, 1 points
1h0m1s   query a [00:53:00, 00:54:00) attempt=1
1h0m1s   deliver a to OTLP until 00:54:00, 1 points
1h0m1s   query a [00:54:00, 00:55:00) attempt=1
1h0m1s   deliver a to OTLP until 00:55:00, 1 points
1h0m1s   query a [00:55:00, 00:56:00) attempt=1
1h0m1s   deliver a to OTLP until 00:56:00, 1 points
1h0m1s   query a [00:56:00, 00:57:00) attempt=1
1h0m1s   deliver a to OTLP until 00:57:00, 1 points
1h0m1s   query a [00:57:00, 00:58:00) attempt=1
1h0m1s   deliver a to OTLP until 00:58:00, 1 points
1h0m1s   query a [00:58:00, 00:59:00) attempt=1
1h0m1s   deliver a to OTLP until 00:59:00, 1 points
1h0m1s   commit a seq=78 watermark=01:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1h1m1s   query a [01:00:00, 01:01:00) attempt=1
1h1m1s   deliver a to OTLP until 01:01:00, 1 points
1h1m1s   deliver a to Prometheus until 01:01:00, 1 points
1h1m1s   deliver a to RemoteWrite until 01:01:00, 1 points
1h1m1s   commit a seq=79 watermark=01:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

delivered to=OTLP
----
1h2m0s   delivered to OTLP: 62 windows from 23:59:00, 0 gaps, 0 repeated, 59 after newer ones

delivered to=RemoteWrite
----
1h2m0s   delivered to RemoteWrite: 62 windows from 23:59:00, 0 gaps, 0 repeated, 0 after newer ones

status name=a
----
1h2m0s   status a Ready=True/Succeeded generation=1 "The last window was queried and delivered."
1h2m0s   status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
1h2m0s   status a Delivered=True/Succeeded generation=1 "Every output has the last window."
1h2m0s   status a last success 01:01:00, skipped 0, backlog 0, series 1
