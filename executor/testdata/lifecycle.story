# A changed spec re-runs the last complete window at once, without moving the
# watermark; a query of the old spec is ended for it.

apply name=a
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to Prometheus until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

advance by=90s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to Prometheus until 00:01:00, 1 points

kusto takes=20s
----
(nothing)

advance by=35s
----
2m1s     query a [00:01:00, 00:02:00) attempt=1

kusto
----
(nothing)

apply name=a maxSeries=1
----
2m5s     schema a
2m5s     query a [00:01:00, 00:02:00) attempt=1
2m5s     deliver a to Prometheus until 00:02:00, 1 points
2m5s     commit a seq=2 watermark=00:02:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

# Suspended: no query, no series, and the status says so, once.

apply name=a suspend=true
----
2m5s     end a in Prometheus
2m5s     commit a seq=3 watermark=00:02:00 Ready=False/Suspended QuerySucceeded=Unknown/Suspended Delivered=Unknown/Suspended

advance by=10m
----
(nothing)

apply name=a suspend=false
----
12m5s    schema a
12m5s    query a [00:11:00, 00:12:00) attempt=1
12m5s    deliver a to Prometheus until 00:12:00, 1 points
12m5s    commit a seq=4 watermark=00:12:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
12m5s    status a Ready=True/Succeeded generation=4 "The last window was queried and delivered."
12m5s    status a QuerySucceeded=True/Succeeded generation=4 "The last window was queried."
12m5s    status a Delivered=True/Succeeded generation=4 "Every output has the last window."
12m5s    status a last success 00:12:00, skipped 9, backlog 0, series 1

# Gone at once.

remove name=a
----
12m5s    end a in Prometheus

advance by=5m
----
(nothing)

# A namesake made later is somebody else.

apply name=a
----
17m5s    schema a
17m5s    query a [00:16:00, 00:17:00) attempt=1
17m5s    deliver a to Prometheus until 00:17:00, 1 points
17m5s    commit a seq=1 watermark=00:17:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
17m5s    event a FirstRunSucceeded: The first window gave 1 series.

apply name=a uid=2
----
17m5s    end a in Prometheus
17m5s    schema a
17m5s    query a [00:16:00, 00:17:00) attempt=1
17m5s    deliver a to Prometheus until 00:17:00, 1 points
17m5s    commit a seq=1 watermark=00:17:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
17m5s    event a FirstRunSucceeded: The first window gave 1 series.

# Criteria that do not match: not ours, not even its status.

apply name=other region=westus
----
(nothing)

advance by=5m
----
18m2s    query a [00:17:00, 00:18:00) attempt=1
18m2s    deliver a to Prometheus until 00:18:00, 1 points
18m2s    commit a seq=2 watermark=00:18:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
19m2s    query a [00:18:00, 00:19:00) attempt=1
19m2s    deliver a to Prometheus until 00:19:00, 1 points
20m2s    query a [00:19:00, 00:20:00) attempt=1
20m2s    deliver a to Prometheus until 00:20:00, 1 points
21m2s    query a [00:20:00, 00:21:00) attempt=1
21m2s    deliver a to Prometheus until 00:21:00, 1 points
22m2s    query a [00:21:00, 00:22:00) attempt=1
22m2s    deliver a to Prometheus until 00:22:00, 1 points

apply name=a region=westus
----
22m5s    end a in Prometheus

# Criteria that cannot be evaluated, and a spec that is not valid: refused, and
# nobody else suffers.

apply name=bad expression=region==
----
22m5s    end bad in Prometheus
22m5s    commit bad seq=1 watermark=none Ready=False/InvalidCriteria QuerySucceeded=Unknown/InvalidCriteria Delivered=Unknown/InvalidCriteria Stalled=True/InvalidCriteria
22m5s    event bad Refused: InvalidCriteria: Invalid criteria expression at 1:9: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}.

advance by=1m
----
(nothing)

apply name=good
----
23m5s    schema good
23m5s    query good [00:22:00, 00:23:00) attempt=1
23m5s    deliver good to Prometheus until 00:23:00, 1 points
23m5s    commit good seq=1 watermark=00:23:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
23m5s    event good FirstRunSucceeded: The first window gave 1 series.

refuse name=good error=broken
----
23m5s    end good in Prometheus
23m5s    commit good seq=2 watermark=00:23:00 Ready=False/InvalidSpec QuerySucceeded=Unknown/InvalidSpec Delivered=Unknown/InvalidSpec Stalled=True/InvalidSpec
23m5s    event good Refused: InvalidSpec: Broken.

advance by=1m
----
(nothing)

# One that is not valid, but meant for others, is theirs to refuse.

refuse name=good region=westus error=broken
----
24m5s    end good in Prometheus
