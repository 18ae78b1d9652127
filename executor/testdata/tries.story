# Each window has tries of its own: one that has used them up takes none of those of
# the windows after it, which wait in the same range.

sinks
----
(nothing)

apply name=a interval=1m maxAttempts outputs=OTLP
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to OTLP until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

sink name=OTLP error=down
----
(nothing)

advance by=2m30s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to OTLP until 00:01:00, 1 points
1m1s     commit a seq=2 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m1s     event a DeliveryFailed: DeliveryFailed: OTLP: down
1m7s     query a [00:00:00, 00:01:00) attempt=2
1m7s     deliver a to OTLP until 00:01:00, 1 points
1m7s     commit a seq=3 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m15s    query a [00:00:00, 00:01:00) attempt=3
1m15s    deliver a to OTLP until 00:01:00, 1 points
1m15s    commit a seq=4 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m15s    event a WindowDeadLettered: A window was given up after 3 attempts, DeliveryFailed: Down.
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to OTLP until 00:02:00, 1 points
2m1s     commit a seq=5 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m7s     query a [00:01:00, 00:02:00) attempt=2
2m7s     deliver a to OTLP until 00:02:00, 1 points
2m7s     commit a seq=6 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m15s    query a [00:01:00, 00:02:00) attempt=3
2m15s    deliver a to OTLP until 00:02:00, 1 points
2m15s    commit a seq=7 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=a
----
2m30s    status a Ready=False/DeliveryFailed generation=1 "OTLP: down"
2m30s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
2m30s    status a Delivered=False/DeliveryFailed generation=1 "OTLP: down"
2m30s    status a last success 00:02:00, skipped 0, backlog 0, series 1
2m30s    status a dead letter [00:00:00, 00:02:00) attempts=3 DeliveryFailed: Down.

remove name=a
----
2m30s    end a in Prometheus
2m30s    end a in OTLP

# A receiver that is left alone uses up no tries. It only makes windows wait.

sink name=OTLP error=untried
----
(nothing)

apply name=b interval=1m maxAttempts outputs=OTLP
----
2m30s    schema b
2m30s    query b [00:01:00, 00:02:00) attempt=1
2m30s    deliver b to OTLP until 00:02:00, 1 points
2m30s    commit b seq=1 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m30s    event b FirstRunSucceeded: The first window gave 1 series.
2m30s    event b DeliveryFailed: DeliveryFailed: OTLP: untried

advance by=2m
----
2m35s    query b [00:01:00, 00:02:00) attempt=1
2m35s    deliver b to OTLP until 00:02:00, 1 points
2m35s    commit b seq=2 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m41s    query b [00:01:00, 00:02:00) attempt=1
2m41s    deliver b to OTLP until 00:02:00, 1 points
2m41s    commit b seq=3 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m46s    query b [00:01:00, 00:02:00) attempt=1
2m46s    deliver b to OTLP until 00:02:00, 1 points
2m46s    commit b seq=4 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m52s    query b [00:01:00, 00:02:00) attempt=1
2m52s    deliver b to OTLP until 00:02:00, 1 points
2m52s    commit b seq=5 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m58s    query b [00:01:00, 00:02:00) attempt=1
2m58s    deliver b to OTLP until 00:02:00, 1 points
2m58s    commit b seq=6 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m2s     query b [00:02:00, 00:03:00) attempt=1
3m2s     deliver b to OTLP until 00:03:00, 1 points
3m2s     commit b seq=7 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m3s     query b [00:01:00, 00:02:00) attempt=1
3m3s     deliver b to OTLP until 00:02:00, 1 points
3m9s     query b [00:01:00, 00:02:00) attempt=1
3m9s     deliver b to OTLP until 00:02:00, 1 points
3m9s     commit b seq=8 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m15s    query b [00:01:00, 00:02:00) attempt=1
3m15s    deliver b to OTLP until 00:02:00, 1 points
3m15s    commit b seq=9 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m20s    query b [00:01:00, 00:02:00) attempt=1
3m20s    deliver b to OTLP until 00:02:00, 1 points
3m20s    commit b seq=10 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m26s    query b [00:01:00, 00:02:00) attempt=1
3m26s    deliver b to OTLP until 00:02:00, 1 points
3m26s    commit b seq=11 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m32s    query b [00:01:00, 00:02:00) attempt=1
3m32s    deliver b to OTLP until 00:02:00, 1 points
3m32s    commit b seq=12 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m37s    query b [00:01:00, 00:02:00) attempt=1
3m37s    deliver b to OTLP until 00:02:00, 1 points
3m37s    commit b seq=13 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m43s    query b [00:01:00, 00:02:00) attempt=1
3m43s    deliver b to OTLP until 00:02:00, 1 points
3m43s    commit b seq=14 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m49s    query b [00:01:00, 00:02:00) attempt=1
3m49s    deliver b to OTLP until 00:02:00, 1 points
3m49s    commit b seq=15 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
3m54s    query b [00:01:00, 00:02:00) attempt=1
3m54s    deliver b to OTLP until 00:02:00, 1 points
3m54s    commit b seq=16 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m0s     query b [00:01:00, 00:02:00) attempt=1
4m0s     deliver b to OTLP until 00:02:00, 1 points
4m0s     commit b seq=17 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m2s     query b [00:03:00, 00:04:00) attempt=1
4m2s     deliver b to OTLP until 00:04:00, 1 points
4m2s     commit b seq=18 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m6s     query b [00:01:00, 00:02:00) attempt=1
4m6s     deliver b to OTLP until 00:02:00, 1 points
4m11s    query b [00:01:00, 00:02:00) attempt=1
4m11s    deliver b to OTLP until 00:02:00, 1 points
4m11s    commit b seq=19 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m17s    query b [00:01:00, 00:02:00) attempt=1
4m17s    deliver b to OTLP until 00:02:00, 1 points
4m17s    commit b seq=20 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m23s    query b [00:01:00, 00:02:00) attempt=1
4m23s    deliver b to OTLP until 00:02:00, 1 points
4m23s    commit b seq=21 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m28s    query b [00:01:00, 00:02:00) attempt=1
4m28s    deliver b to OTLP until 00:02:00, 1 points
4m28s    commit b seq=22 watermark=00:04:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=b
----
4m30s    status b Ready=False/DeliveryFailed generation=1 "OTLP: untried"
4m30s    status b QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
4m30s    status b Delivered=False/DeliveryFailed generation=1 "OTLP: untried"
4m30s    status b last success 00:04:00, skipped 0, backlog 3, series 1
4m30s    status b backlog [00:01:00, 00:04:00) attempts=0 next=00:04:34 outputs=[OTLP] DeliveryFailed: Untried.

remove name=b
----
4m30s    end b in Prometheus
4m30s    end b in OTLP

# Deliveries that failed are no tries of the query: it times out three times before a
# window is given up for that.

sink name=OTLP error=down
----
(nothing)

apply name=c interval=1h outputs=OTLP
----
4m30s    schema c
4m30s    query c [23:00:00, 00:00:00) attempt=1
4m30s    deliver c to OTLP until 00:00:00, 1 points
4m30s    commit c seq=1 watermark=00:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m30s    event c FirstRunSucceeded: The first window gave 1 series.
4m30s    event c DeliveryFailed: DeliveryFailed: OTLP: down

advance by=2m
----
4m34s    query c [23:00:00, 00:00:00) attempt=2
4m34s    deliver c to OTLP until 00:00:00, 1 points
4m34s    commit c seq=2 watermark=00:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
4m46s    query c [23:00:00, 00:00:00) attempt=3
4m46s    deliver c to OTLP until 00:00:00, 1 points
4m46s    commit c seq=3 watermark=00:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m8s     query c [23:00:00, 00:00:00) attempt=4
5m8s     deliver c to OTLP until 00:00:00, 1 points
5m8s     commit c seq=4 watermark=00:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
5m53s    query c [23:00:00, 00:00:00) attempt=5
5m53s    deliver c to OTLP until 00:00:00, 1 points
5m53s    commit c seq=5 watermark=00:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

kusto fail=timeout
----
(nothing)

sink name=OTLP
----
(nothing)

advance by=5m
----
7m18s    query c [23:00:00, 00:00:00) attempt=6
7m18s    commit c seq=6 watermark=00:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
7m22s    query c [23:00:00, 00:00:00) attempt=2
7m22s    commit c seq=7 watermark=00:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
7m34s    query c [23:00:00, 00:00:00) attempt=3
7m34s    commit c seq=8 watermark=00:00:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
7m34s    event c WindowDeadLettered: A window was given up after 3 attempts, QueryTimeout: Kusto said no.

status name=c
----
11m30s   status c Ready=False/DeliveryFailed generation=1 "OTLP: down"
11m30s   status c QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
11m30s   status c Delivered=False/DeliveryFailed generation=1 "OTLP: down"
11m30s   status c last success 00:00:00, skipped 0, backlog 0, series 1
11m30s   status c dead letter [23:00:00, 00:00:00) attempts=3 QueryTimeout: Kusto said no.

remove name=c
----
11m30s   end c in Prometheus
11m30s   end c in OTLP

# An answer that lacks a column may be an old window's only. Live windows are not held
# up by it.

kusto
----
(nothing)

sink name=OTLP error=down
----
(nothing)

apply name=d interval=5m outputs=OTLP
----
11m30s   schema d
11m30s   query d [00:05:00, 00:10:00) attempt=1
11m30s   deliver d to OTLP until 00:10:00, 1 points
11m30s   commit d seq=1 watermark=00:10:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
11m30s   event d FirstRunSucceeded: The first window gave 1 series.
11m30s   event d DeliveryFailed: DeliveryFailed: OTLP: down

kusto columns=time
----
(nothing)

sink name=OTLP
----
(nothing)

advance by=2m
----
11m35s   query d [00:05:00, 00:10:00) attempt=2
11m35s   commit d seq=2 watermark=00:10:00 Ready=False/ColumnMissing QuerySucceeded=False/ColumnMissing Delivered=False/DeliveryFailed Stalled=True/ColumnMissing
11m35s   event d QueryFailed: ColumnMissing: Column "value" (valueColumn) is not in the answer; it has: time.
13m12s   query d [00:05:00, 00:10:00) attempt=3
13m12s   commit d seq=3 watermark=00:10:00 Ready=False/ColumnMissing QuerySucceeded=False/ColumnMissing Delivered=False/DeliveryFailed Stalled=True/ColumnMissing

status name=d
----
13m30s   status d Ready=False/ColumnMissing generation=1 "Column \"value\" (valueColumn) is not in the answer; it has: time."
13m30s   status d QuerySucceeded=False/ColumnMissing generation=1 "Column \"value\" (valueColumn) is not in the answer; it has: time."
13m30s   status d Delivered=False/DeliveryFailed generation=1 "OTLP: down"
13m30s   status d Stalled=True/ColumnMissing generation=1 "Column \"value\" (valueColumn) is not in the answer; it has: time."
13m30s   status d last success 00:10:00, skipped 0, backlog 1, series 1
13m30s   status d backlog [00:05:00, 00:10:00) attempts=3 next=00:16:36 outputs=[OTLP] ColumnMissing: Column "value" (valueColumn) is not in the answer; it has: time.

kusto
----
(nothing)

advance by=5m
----
15m7s    query d [00:10:00, 00:15:00) attempt=1
15m7s    deliver d to OTLP until 00:15:00, 1 points
15m7s    commit d seq=4 watermark=00:15:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
15m7s    event d QueryRecovered: Queries succeed again; they failed with ColumnMissing.
15m7s    event d DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
15m7s    query d [00:05:00, 00:10:00) attempt=4
15m7s    deliver d to OTLP until 00:10:00, 1 points
15m7s    commit d seq=5 watermark=00:15:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

remove name=d
----
18m30s   end d in Prometheus
18m30s   end d in OTLP

# A window's age counts from when it is due, so that one whose rows come in late has
# tries, too. This one may be 10 minutes old.

sink name=OTLP error=down
----
(nothing)

apply name=e interval=1m delay=15m maxAttempts outputs=OTLP
----
18m30s   schema e
18m30s   query e [00:02:00, 00:03:00) attempt=1
18m30s   deliver e to OTLP until 00:03:00, 1 points
18m30s   commit e seq=1 watermark=00:03:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
18m30s   event e FirstRunSucceeded: The first window gave 1 series.
18m30s   event e DeliveryFailed: DeliveryFailed: OTLP: down

status name=e
----
18m30s   status e Ready=False/DeliveryFailed generation=1 "OTLP: down"
18m30s   status e QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
18m30s   status e Delivered=False/DeliveryFailed generation=1 "OTLP: down"
18m30s   status e last success 00:03:00, skipped 0, backlog 1, series 1
18m30s   status e backlog [00:02:00, 00:03:00) attempts=1 next=00:18:35 outputs=[OTLP] DeliveryFailed: Down.

remove name=e
----
18m30s   end e in Prometheus
18m30s   end e in OTLP

# Windows that wait in one range: the first has used up its three tries, the second has
# all of its own, although it waits no less.

sink name=OTLP error=later
----
(nothing)

apply name=f interval=1m maxAttempts outputs=OTLP
----
18m30s   schema f
18m30s   query f [00:17:00, 00:18:00) attempt=1
18m30s   deliver f to OTLP until 00:18:00, 1 points
18m30s   commit f seq=1 watermark=00:18:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
18m30s   event f FirstRunSucceeded: The first window gave 1 series.
18m30s   event f DeliveryFailed: DeliveryFailed: OTLP: later

advance by=4m
----
19m1s    query f [00:18:00, 00:19:00) attempt=1
19m1s    deliver f to OTLP until 00:19:00, 1 points
19m1s    commit f seq=2 watermark=00:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
20m0s    query f [00:17:00, 00:18:00) attempt=2
20m0s    deliver f to OTLP until 00:18:00, 1 points
20m0s    commit f seq=3 watermark=00:19:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
20m1s    query f [00:19:00, 00:20:00) attempt=1
20m1s    deliver f to OTLP until 00:20:00, 1 points
20m1s    commit f seq=4 watermark=00:20:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
21m1s    query f [00:20:00, 00:21:00) attempt=1
21m1s    deliver f to OTLP until 00:21:00, 1 points
21m1s    commit f seq=5 watermark=00:21:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
21m30s   query f [00:17:00, 00:18:00) attempt=3
21m30s   deliver f to OTLP until 00:18:00, 1 points
21m30s   commit f seq=6 watermark=00:21:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
21m30s   event f WindowDeadLettered: A window was given up after 3 attempts, DeliveryFailed: Later.
22m1s    query f [00:21:00, 00:22:00) attempt=1
22m1s    deliver f to OTLP until 00:22:00, 1 points
22m1s    commit f seq=7 watermark=00:22:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=f
----
22m30s   status f Ready=False/DeliveryFailed generation=1 "OTLP: later"
22m30s   status f QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
22m30s   status f Delivered=False/DeliveryFailed generation=1 "OTLP: later"
22m30s   status f last success 00:22:00, skipped 0, backlog 4, series 1
22m30s   status f backlog [00:18:00, 00:22:00) attempts=1 next=00:23:31 outputs=[OTLP] DeliveryFailed: Later.
22m30s   status f dead letter [00:17:00, 00:18:00) attempts=3 DeliveryFailed: Later.

advance by=4m
----
23m1s    query f [00:22:00, 00:23:00) attempt=1
23m1s    deliver f to OTLP until 00:23:00, 1 points
23m1s    commit f seq=8 watermark=00:23:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
23m31s   query f [00:18:00, 00:19:00) attempt=2
23m31s   deliver f to OTLP until 00:19:00, 1 points
23m31s   commit f seq=9 watermark=00:23:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
24m1s    query f [00:23:00, 00:24:00) attempt=1
24m1s    deliver f to OTLP until 00:24:00, 1 points
24m1s    commit f seq=10 watermark=00:24:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
25m1s    query f [00:24:00, 00:25:00) attempt=1
25m1s    deliver f to OTLP until 00:25:00, 1 points
25m1s    commit f seq=11 watermark=00:25:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
25m1s    query f [00:18:00, 00:19:00) attempt=3
25m1s    deliver f to OTLP until 00:19:00, 1 points
25m1s    commit f seq=12 watermark=00:25:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
26m1s    query f [00:25:00, 00:26:00) attempt=1
26m1s    deliver f to OTLP until 00:26:00, 1 points
26m1s    commit f seq=13 watermark=00:26:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

status name=f
----
26m30s   status f Ready=False/DeliveryFailed generation=1 "OTLP: later"
26m30s   status f QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
26m30s   status f Delivered=False/DeliveryFailed generation=1 "OTLP: later"
26m30s   status f last success 00:26:00, skipped 0, backlog 7, series 1
26m30s   status f backlog [00:19:00, 00:26:00) attempts=1 next=00:27:31 outputs=[OTLP] DeliveryFailed: Later.
26m30s   status f dead letter [00:17:00, 00:19:00) attempts=3 DeliveryFailed: Later.

remove name=f
----
26m30s   end f in Prometheus
26m30s   end f in OTLP

# An answer that says the query is not valid may be that of an old window, too: it is
# tried again after minutes, not seconds, and the exporter goes on.

sink name=OTLP error=down
----
(nothing)

apply name=g interval=5m outputs=OTLP
----
26m30s   schema g
26m30s   query g [00:20:00, 00:25:00) attempt=1
26m30s   deliver g to OTLP until 00:25:00, 1 points
26m30s   commit g seq=1 watermark=00:25:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
26m30s   event g FirstRunSucceeded: The first window gave 1 series.
26m30s   event g DeliveryFailed: DeliveryFailed: OTLP: down

kusto fail=invalid
----
(nothing)

sink name=OTLP
----
(nothing)

advance by=1m30s
----
26m35s   query g [00:20:00, 00:25:00) attempt=2
26m35s   commit g seq=2 watermark=00:25:00 Ready=False/InvalidQuery QuerySucceeded=False/InvalidQuery Delivered=False/DeliveryFailed Stalled=True/InvalidQuery
26m35s   event g QueryFailed: InvalidQuery: Kusto said no.

kusto
----
(nothing)

advance by=5m
----
28m46s   query g [00:20:00, 00:25:00) attempt=3
28m46s   deliver g to OTLP until 00:25:00, 1 points
28m46s   commit g seq=3 watermark=00:25:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
28m46s   event g QueryRecovered: Queries succeed again; they failed with InvalidQuery.
28m46s   event g DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.
30m10s   query g [00:25:00, 00:30:00) attempt=1
30m10s   deliver g to OTLP until 00:30:00, 1 points
30m10s   commit g seq=4 watermark=00:30:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=g
----
33m0s    status g Ready=True/Succeeded generation=1 "The last window was queried and delivered."
33m0s    status g QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
33m0s    status g Delivered=True/Succeeded generation=1 "Every output has the last window."
33m0s    status g last success 00:30:00, skipped 0, backlog 0, series 1
