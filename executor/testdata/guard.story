# Without the right to act nothing happens; with it, work goes on.

ownership held=false
----
(nothing)

apply name=a
----
(nothing)

advance by=5m
----
(nothing)

ownership held=true
----
(nothing)

advance by=1s
----
5m1s     schema a
5m1s     query a [00:04:00, 00:05:00) attempt=1
5m1s     deliver a to Prometheus until 00:05:00, 1 points
5m1s     commit a seq=1 watermark=00:05:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
5m1s     event a FirstRunSucceeded: The first window gave 1 series.

# The right is lost while a query runs: nothing is delivered or committed.

kusto takes=30s
----
(nothing)

advance by=70s
----
6m1s     query a [00:05:00, 00:06:00) attempt=1

ownership held=false
----
(nothing)

advance by=40s
----
(nothing)

ownership held=true
----
(nothing)

# A status that cannot be written is made up for by the next run; one that only
# says why an exporter does not run is tried again after a while.

recorder error=unreachable
----
(nothing)

apply name=b
----
6m51s    schema b

recorder
----
(nothing)

advance by=1m
----
6m51s    query a [00:05:00, 00:06:00) attempt=1
7m21s    deliver a to Prometheus until 00:06:00, 1 points
7m21s    query a [00:06:00, 00:07:00) attempt=1
7m21s    query b [00:05:00, 00:06:00) attempt=1
7m51s    deliver b to Prometheus until 00:06:00, 1 points
7m51s    commit b seq=1 watermark=00:06:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
7m51s    event b FirstRunSucceeded: The first window gave 1 series.
7m51s    query b [00:06:00, 00:07:00) attempt=1

recorder error=unreachable
----
(nothing)

apply name=b suspend=true
----
7m51s    end b in Prometheus
7m51s    end b in Prometheus
7m51s    refused commit b

advance by=15s
----
7m51s    deliver a to Prometheus until 00:07:00, 1 points
7m56s    refused commit b
8m1s     query a [00:07:00, 00:08:00) attempt=1
8m1s     refused commit b
8m6s     refused commit b

recorder
----
(nothing)

advance by=15s
----
8m11s    commit b seq=2 watermark=00:06:00 Ready=False/Suspended QuerySucceeded=Unknown/Suspended Delivered=Unknown/Suspended

# Nor is anything asked for when the right is lost while the columns are.

apply name=a suspend=true
----
8m21s    end a in Prometheus
8m21s    end a in Prometheus
8m21s    commit a seq=2 watermark=00:07:00 Ready=False/Suspended QuerySucceeded=Unknown/Suspended Delivered=Unknown/Suspended

kusto takes=30s
----
(nothing)

apply name=c
----
8m21s    schema c

advance by=1s
----
(nothing)

ownership held=false
----
(nothing)

advance by=1m
----
(nothing)

kusto
----
(nothing)

ownership held=true
----
(nothing)

advance by=1m
----
9m23s    schema c
9m23s    query c [00:08:00, 00:09:00) attempt=1
9m23s    deliver c to Prometheus until 00:09:00, 1 points
9m23s    commit c seq=1 watermark=00:09:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
9m23s    event c FirstRunSucceeded: The first window gave 1 series.
10m2s    query c [00:09:00, 00:10:00) attempt=1
10m2s    deliver c to Prometheus until 00:10:00, 1 points
