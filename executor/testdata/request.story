# Somebody asks for a run: the last settled window is run again for its values. The
# watermark stays where it is, and nothing is pushed twice.

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

advance by=10s
----
(nothing)

apply name=a run=r1
----
10s      query a [23:59:00, 00:00:00) attempt=1
10s      deliver a to Prometheus until 00:00:00, 1 points
10s      commit a seq=2 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

apply name=a run=r1
----
(nothing)

# While a query fails, nobody has to wait for the next try. A request is handled
# once, whatever comes of it.

kusto fail=missing
----
(nothing)

advance by=1m
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     commit a seq=3 watermark=00:00:00 Ready=False/EntityMissing QuerySucceeded=False/EntityMissing Delivered=True/Succeeded
1m1s     event a QueryFailed: EntityMissing: Kusto said no.

apply name=a run=r2
----
1m10s    query a [00:00:00, 00:01:00) attempt=2
1m10s    commit a seq=4 watermark=00:00:00 Ready=False/EntityMissing QuerySucceeded=False/EntityMissing Delivered=True/Succeeded

advance by=10s
----
(nothing)

# What waits in the backlog is due as well, if the run goes well.

kusto
----
(nothing)

sink name=OTLP error=down
----
(nothing)

advance by=2m
----
2m48s    query a [00:01:00, 00:02:00) attempt=3
2m48s    deliver a to OTLP until 00:02:00, 1 points
2m48s    deliver a to Prometheus until 00:02:00, 1 points
2m48s    commit a seq=5 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m48s    event a QueryRecovered: Queries succeed again; they failed with EntityMissing.
2m48s    event a DeliveryFailed: DeliveryFailed: OTLP: down
2m48s    query a [00:00:00, 00:01:00) attempt=1
2m48s    deliver a to OTLP until 00:01:00, 1 points
2m48s    commit a seq=6 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m54s    query a [00:00:00, 00:01:00) attempt=2
2m54s    deliver a to OTLP until 00:01:00, 1 points
2m54s    commit a seq=7 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m54s    query a [00:01:00, 00:02:00) attempt=2
2m54s    deliver a to OTLP until 00:02:00, 1 points
2m54s    commit a seq=8 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     deliver a to OTLP until 00:03:00, 1 points
3m1s     deliver a to Prometheus until 00:03:00, 1 points
3m1s     commit a seq=9 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m2s     query a [00:00:00, 00:01:00) attempt=3
3m2s     deliver a to OTLP until 00:01:00, 1 points
3m2s     commit a seq=10 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m2s     query a [00:01:00, 00:02:00) attempt=3
3m2s     deliver a to OTLP until 00:02:00, 1 points
3m2s     commit a seq=11 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
3m20s    status a Ready=False/DeliveryFailed generation=1 "OTLP: down"
3m20s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
3m20s    status a Delivered=False/DeliveryFailed generation=1 "OTLP: down"
3m20s    status a last success 00:03:00, skipped 0, backlog 3, series 1
3m20s    status a backlog [00:00:00, 00:01:00) attempts=3 next=00:03:26 outputs=[] DeliveryFailed: Down.
3m20s    status a backlog [00:01:00, 00:03:00) attempts=3 next=00:03:26 outputs=[OTLP] DeliveryFailed: Down.

sink name=OTLP
----
(nothing)

apply name=a run=r3
----
3m20s    query a [00:02:00, 00:03:00) attempt=1
3m20s    deliver a to Prometheus until 00:03:00, 1 points
3m20s    commit a seq=12 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m20s    query a [00:00:00, 00:01:00) attempt=4
3m20s    deliver a to OTLP until 00:01:00, 1 points
3m20s    commit a seq=13 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m20s    query a [00:01:00, 00:02:00) attempt=4
3m20s    deliver a to OTLP until 00:02:00, 1 points
3m20s    query a [00:02:00, 00:03:00) attempt=1
3m20s    deliver a to OTLP until 00:03:00, 1 points
3m20s    commit a seq=14 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3m20s    event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.

# A query that cannot run as written is asked again: a table may be there now.

kusto fail=invalid
----
(nothing)

advance by=1m
----
4m1s     query a [00:03:00, 00:04:00) attempt=1
4m1s     commit a seq=15 watermark=00:03:00 Ready=False/InvalidQuery QuerySucceeded=False/InvalidQuery Delivered=True/Succeeded Stalled=True/InvalidQuery
4m1s     event a QueryFailed: InvalidQuery: Kusto said no.

kusto
----
(nothing)

advance by=3m
----
(nothing)

apply name=a run=r4
----
7m20s    query a [00:06:00, 00:07:00) attempt=2
7m20s    deliver a to OTLP until 00:07:00, 1 points
7m20s    deliver a to Prometheus until 00:07:00, 1 points
7m20s    commit a seq=16 watermark=00:07:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
7m20s    event a QueryRecovered: Queries succeed again; they failed with InvalidQuery.
7m20s    query a [00:03:00, 00:04:00) attempt=1
7m20s    deliver a to OTLP until 00:04:00, 1 points
7m20s    query a [00:04:00, 00:05:00) attempt=1
7m20s    deliver a to OTLP until 00:05:00, 1 points
7m20s    query a [00:05:00, 00:06:00) attempt=1
7m20s    deliver a to OTLP until 00:06:00, 1 points
7m20s    commit a seq=17 watermark=00:07:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# Who is suspended does not run.

apply name=a suspend=true
----
7m20s    end a in Prometheus
7m20s    end a in OTLP
7m20s    commit a seq=18 watermark=00:07:00 Ready=False/Suspended QuerySucceeded=Unknown/Suspended Delivered=Unknown/Suspended

apply name=a run=r5
----
7m20s    end a in Prometheus
7m20s    end a in OTLP

advance by=5m
----
(nothing)

# A scrape-only exporter records that the request was handled at once.

apply name=b outputs=(Prometheus)
----
12m20s   schema b
12m20s   query b [00:11:00, 00:12:00) attempt=1
12m20s   deliver b to Prometheus until 00:12:00, 1 points
12m20s   commit b seq=1 watermark=00:12:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
12m20s   event b FirstRunSucceeded: The first window gave 1 series.

advance by=10s
----
(nothing)

apply name=b run=r6
----
12m30s   query b [00:11:00, 00:12:00) attempt=1
12m30s   deliver b to Prometheus until 00:12:00, 1 points
12m30s   commit b seq=2 watermark=00:12:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# The request came before the first run: one run is both.

apply name=c run=r7
----
12m30s   query c [00:11:00, 00:12:00) attempt=1
12m30s   deliver c to OTLP until 00:12:00, 1 points
12m30s   deliver c to Prometheus until 00:12:00, 1 points
12m30s   commit c seq=1 watermark=00:12:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
12m30s   event c FirstRunSucceeded: The first window gave 1 series.
