# Somebody else has written the status: what is known here is of no use any more. The
# exporter is forgotten, its series move, and whoever may read it again is told.

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

advance by=30s
----
(nothing)

elsewhere name=a watermark=00:05:00
----
(nothing)

metric name=adxexporter_exporters_owned
----
30s      metric adxexporter_exporters_owned{} 1

advance by=10m
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     deliver a to Prometheus until 00:01:00, 1 points
1m1s     forget a in Prometheus
1m1s     forget a in OTLP
1m1s     outdated a
1m1s     outdated commit a seq=2

metric name=adxexporter_exporters_owned
----
(nothing)

# It goes on from what the status says.

take name=a
----
10m30s   query a [00:09:00, 00:10:00) attempt=1
10m30s   deliver a to OTLP until 00:10:00, 1 points
10m30s   deliver a to Prometheus until 00:10:00, 1 points
10m30s   commit a seq=3 watermark=00:10:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
10m30s   query a [00:05:00, 00:06:00) attempt=1
10m30s   deliver a to OTLP until 00:06:00, 1 points
10m30s   query a [00:06:00, 00:07:00) attempt=1
10m30s   deliver a to OTLP until 00:07:00, 1 points
10m30s   query a [00:07:00, 00:08:00) attempt=1
10m30s   deliver a to OTLP until 00:08:00, 1 points
10m30s   query a [00:08:00, 00:09:00) attempt=1
10m30s   deliver a to OTLP until 00:09:00, 1 points
10m30s   commit a seq=4 watermark=00:10:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# The same while a write is owed, and when there is no run.

recorder error=unreachable
----
(nothing)

apply name=a suspend=true
----
10m30s   end a in Prometheus
10m30s   end a in OTLP
10m30s   refused commit a

elsewhere name=a watermark=00:12:00
----
(nothing)

recorder
----
(nothing)

advance by=1m
----
10m35s   forget a in Prometheus
10m35s   forget a in OTLP
10m35s   outdated a
10m35s   outdated commit a seq=5

# An exporter that is gone by then has ended.

recorder takes=4s error=outdated
----
(nothing)

apply name=a suspend=false
----
11m30s   schema a
11m30s   query a [00:11:00, 00:12:00) attempt=1
11m30s   deliver a to Prometheus until 00:12:00, 1 points

remove name=a
----
11m30s   end a in Prometheus

advance by=10s
----
11m34s   end a in Prometheus
11m34s   end a in OTLP
11m34s   outdated a
11m34s   refused commit a

# One that has been made again meanwhile stays, and its series do.

recorder
----
(nothing)

apply name=b
----
11m40s   schema b
11m40s   query b [00:10:00, 00:11:00) attempt=1
11m40s   deliver b to OTLP until 00:11:00, 1 points
11m40s   deliver b to Prometheus until 00:11:00, 1 points
11m40s   commit b seq=1 watermark=00:11:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
11m40s   event b FirstRunSucceeded: The first window gave 1 series.

recorder takes=4s error=outdated
----
(nothing)

advance by=23s
----
12m2s    query b [00:11:00, 00:12:00) attempt=1
12m2s    deliver b to OTLP until 00:12:00, 1 points
12m2s    deliver b to Prometheus until 00:12:00, 1 points

recorder
----
(nothing)

apply name=b uid=2
----
12m3s    end b in Prometheus
12m3s    schema b
12m3s    query b [00:11:00, 00:12:00) attempt=1
12m3s    deliver b to OTLP until 00:12:00, 1 points
12m3s    deliver b to Prometheus until 00:12:00, 1 points
12m3s    commit b seq=1 watermark=00:12:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
12m3s    event b FirstRunSucceeded: The first window gave 1 series.

advance by=10s
----
12m6s    outdated b
12m6s    refused commit b

# In a handover it is found out as well; the handover is worth nothing then.

recorder error=unreachable
----
(nothing)

advance by=65s
----
13m2s    query b [00:12:00, 00:13:00) attempt=1
13m2s    deliver b to OTLP until 00:13:00, 1 points
13m2s    deliver b to Prometheus until 00:13:00, 1 points
13m2s    refused commit b
13m7s    refused commit b
13m12s   refused commit b
13m17s   refused commit b

recorder
----
(nothing)

elsewhere name=b watermark=00:40:00
----
(nothing)

release name=b within=1m
----
13m18s   released b watermark=00:13:00 seq=1 verified=1 shown=1 exact=true attempts=0 hold=0
13m18s   outdated commit b seq=2

successor
----
(nothing)

take name=b from=b
----
13m18s   query b [00:39:00, 00:40:00) attempt=1
13m18s   deliver b to Prometheus until 00:40:00, 1 points
13m18s   commit b seq=3 watermark=00:40:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
