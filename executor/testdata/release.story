# A run that is under way may finish, and nothing begins after it, not even for a new
# spec. The series stay until the exporter is dropped, and then they do not end: they
# go on elsewhere.

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

kusto takes=20s
----
(nothing)

advance by=70s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1

release name=a within=1m
----
(nothing)

advance by=20s
----
1m21s    deliver a to OTLP until 00:01:00, 1 points
1m21s    deliver a to Prometheus until 00:01:00, 1 points
1m21s    commit a seq=2 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m21s    released a watermark=00:01:00 seq=2 verified=1 shown=1 exact=true attempts=0 hold=0

apply name=a timeout=50s
----
(nothing)

advance by=10m
----
(nothing)

drop name=a
----
11m30s   forget a in Prometheus
11m30s   forget a in OTLP

drop name=a
----
(nothing)

release name=a within=1m
----
11m30s   unknown a

kusto
----
(nothing)

advance by=10m
----
(nothing)

# What takes too long is cut off: nothing is delivered, and the window is not settled.

successor
----
(nothing)

take name=a
----
21m30s   schema a
21m30s   query a [00:20:00, 00:21:00) attempt=1
21m30s   deliver a to OTLP until 00:21:00, 1 points
21m30s   deliver a to Prometheus until 00:21:00, 1 points
21m30s   commit a seq=3 watermark=00:21:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
21m30s   query a [00:01:00, 00:02:00) attempt=1
21m30s   deliver a to OTLP until 00:02:00, 1 points
21m30s   query a [00:02:00, 00:03:00) attempt=1
21m30s   deliver a to OTLP until 00:03:00, 1 points
21m30s   query a [00:03:00, 00:04:00) attempt=1
21m30s   deliver a to OTLP until 00:04:00, 1 points
21m30s   query a [00:04:00, 00:05:00) attempt=1
21m30s   deliver a to OTLP until 00:05:00, 1 points
21m30s   query a [00:05:00, 00:06:00) attempt=1
21m30s   deliver a to OTLP until 00:06:00, 1 points
21m30s   query a [00:06:00, 00:07:00) attempt=1
21m30s   deliver a to OTLP until 00:07:00, 1 points
21m30s   query a [00:07:00, 00:08:00) attempt=1
21m30s   deliver a to OTLP until 00:08:00, 1 points
21m30s   query a [00:08:00, 00:09:00) attempt=1
21m30s   deliver a to OTLP until 00:09:00, 1 points
21m30s   query a [00:09:00, 00:10:00) attempt=1
21m30s   deliver a to OTLP until 00:10:00, 1 points
21m30s   query a [00:10:00, 00:11:00) attempt=1
21m30s   deliver a to OTLP until 00:11:00, 1 points
21m30s   query a [00:11:00, 00:12:00) attempt=1
21m30s   deliver a to OTLP until 00:12:00, 1 points
21m30s   query a [00:12:00, 00:13:00) attempt=1
21m30s   deliver a to OTLP until 00:13:00, 1 points
21m30s   query a [00:13:00, 00:14:00) attempt=1
21m30s   deliver a to OTLP until 00:14:00, 1 points
21m30s   query a [00:14:00, 00:15:00) attempt=1
21m30s   deliver a to OTLP until 00:15:00, 1 points
21m30s   query a [00:15:00, 00:16:00) attempt=1
21m30s   deliver a to OTLP until 00:16:00, 1 points
21m30s   query a [00:16:00, 00:17:00) attempt=1
21m30s   deliver a to OTLP until 00:17:00, 1 points
21m30s   query a [00:17:00, 00:18:00) attempt=1
21m30s   deliver a to OTLP until 00:18:00, 1 points
21m30s   query a [00:18:00, 00:19:00) attempt=1
21m30s   deliver a to OTLP until 00:19:00, 1 points
21m30s   query a [00:19:00, 00:20:00) attempt=1
21m30s   deliver a to OTLP until 00:20:00, 1 points
21m30s   commit a seq=4 watermark=00:21:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

kusto takes=40s
----
(nothing)

advance by=30s
----
(nothing)

release name=a within=5s
----
22m0s    released a watermark=00:21:00 seq=4 verified=2 shown=2 exact=true attempts=0 hold=0

advance by=5s
----
(nothing)

advance by=10m
----
(nothing)

# A write that is under way is not cut off: its end is waited for.

kusto
----
(nothing)

recorder takes=4s
----
(nothing)

successor
----
(nothing)

take name=a
----
32m5s    query a [00:31:00, 00:32:00) attempt=1
32m5s    deliver a to OTLP until 00:32:00, 1 points
32m5s    deliver a to Prometheus until 00:32:00, 1 points

release name=a within=1s
----
(nothing)

advance by=3s
----
(nothing)

advance by=1s
----
32m9s    commit a seq=5 watermark=00:32:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
32m9s    released a watermark=00:32:00 seq=5 verified=2 shown=2 exact=true attempts=0 hold=0

recorder
----
(nothing)

# One that is deleted while it is released has nothing to hand over, and ends.

kusto takes=20s
----
(nothing)

successor
----
(nothing)

take name=a
----
32m9s    query a [00:31:00, 00:32:00) attempt=1

release name=a within=1m
----
(nothing)

remove name=a
----
32m9s    end a in Prometheus
32m9s    end a in Prometheus
32m9s    end a in OTLP
32m9s    unknown a

advance by=1m
----
(nothing)

# One that is dropped while it runs is forgotten for good when the run has ended.

kusto
----
(nothing)

apply name=b
----
33m9s    schema b
33m9s    query b [00:32:00, 00:33:00) attempt=1
33m9s    deliver b to OTLP until 00:33:00, 1 points
33m9s    deliver b to Prometheus until 00:33:00, 1 points
33m9s    commit b seq=1 watermark=00:33:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
33m9s    event b FirstRunSucceeded: The first window gave 1 series.

kusto takes=20s
----
(nothing)

metric name=adxexporter_exporters_owned
----
33m9s    metric adxexporter_exporters_owned{} 1

advance by=1m
----
34m2s    query b [00:33:00, 00:34:00) attempt=1

drop name=b
----
34m9s    forget b in Prometheus
34m9s    forget b in Prometheus
34m9s    forget b in OTLP

advance by=1m
----
(nothing)

metric name=adxexporter_exporters_owned
----
(nothing)

metric name=adxexporter_runs_total
----
(nothing)
