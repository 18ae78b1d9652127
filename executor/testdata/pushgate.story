# What is pushed cannot be taken back, so a push waits until the right to act has been
# confirmed. A scrape shows nothing before the push either: both are one window.

sinks
----
(nothing)

confirmation takes=3s
----
(nothing)

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       confirm a

advance by=63s
----
3s       deliver a to OTLP until 00:00:00, 1 points
3s       deliver a to Prometheus until 00:00:00, 1 points
3s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
3s       event a FirstRunSucceeded: The first window gave 1 series.
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     confirm a

# A scrape-only exporter waits for nothing.

apply name=b outputs=Prometheus
----
1m3s     schema b
1m3s     query b [00:00:00, 00:01:00) attempt=1
1m3s     deliver b to Prometheus until 00:01:00, 1 points
1m3s     commit b seq=1 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m3s     event b FirstRunSucceeded: The first window gave 1 series.

# Without a confirmation nothing is delivered or committed. Whoever has the right runs
# the window.

confirmation takes=2s error=lost
----
(nothing)

advance by=59s
----
1m4s     deliver a to OTLP until 00:01:00, 1 points
1m4s     deliver a to Prometheus until 00:01:00, 1 points
1m4s     commit a seq=2 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     confirm a

ownership held=false
----
(nothing)

advance by=10s
----
(nothing)

confirmation
----
(nothing)

ownership held=true
----
(nothing)

advance by=1s
----
2m12s    query a [00:01:00, 00:02:00) attempt=1
2m12s    confirm a
2m12s    deliver a to OTLP until 00:02:00, 1 points
2m12s    deliver a to Prometheus until 00:02:00, 1 points
2m12s    commit a seq=3 watermark=00:02:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
2m12s    query b [00:01:00, 00:02:00) attempt=1
2m12s    deliver b to Prometheus until 00:02:00, 1 points

# The right may end after it was confirmed.

confirmation takes=4s
----
(nothing)

advance by=50s
----
3m1s     query a [00:02:00, 00:03:00) attempt=1
3m1s     confirm a
3m2s     query b [00:02:00, 00:03:00) attempt=1
3m2s     deliver b to Prometheus until 00:03:00, 1 points

ownership held=false
----
(nothing)

advance by=10s
----
(nothing)

# A new spec does not wait for the old one's confirmation.

confirmation takes=1h
----
(nothing)

ownership held=true
----
(nothing)

advance by=1s
----
3m13s    query a [00:02:00, 00:03:00) attempt=1
3m13s    confirm a

confirmation
----
(nothing)

apply name=a delay=1s
----
3m14s    schema a
3m14s    query a [00:02:00, 00:03:00) attempt=1
3m14s    confirm a
3m14s    deliver a to OTLP until 00:03:00, 1 points
3m14s    deliver a to Prometheus until 00:03:00, 1 points
3m14s    commit a seq=4 watermark=00:03:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
