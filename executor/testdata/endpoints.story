# An exporter that names an output gets its windows to all endpoints of it.

sinks remoteWrite=eu+us
----
(nothing)

apply name=a outputs=RemoteWrite
----
0s       schema a
0s       query a [23:59:00, 00:00:00) attempt=1
0s       deliver a to RemoteWrite until 00:00:00, 1 points
0s       deliver a to RemoteWrite until 00:00:00, 1 points
0s       commit a seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event a FirstRunSucceeded: The first window gave 1 series.

sink name=RemoteWrite error=down
----
(nothing)

advance by=1m2s
----
1m1s     query a [00:00:00, 00:01:00) attempt=1
1m1s     deliver a to RemoteWrite until 00:01:00, 1 points
1m1s     deliver a to RemoteWrite until 00:01:00, 1 points
1m1s     commit a seq=2 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
1m1s     event a DeliveryFailed: DeliveryFailed: RemoteWrite/eu: down

status name=a
----
1m2s     status a Ready=False/DeliveryFailed generation=1 "RemoteWrite/eu: down"
1m2s     status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
1m2s     status a Delivered=False/DeliveryFailed generation=1 "RemoteWrite/eu: down"
1m2s     status a last success 00:01:00, skipped 0, backlog 1, series 1
1m2s     status a backlog [00:00:00, 00:01:00) attempts=1 next=00:01:07 outputs=[RemoteWrite/eu RemoteWrite/us] DeliveryFailed: Down.

# One of them is there no more. What waits for both goes to the one that is there; what
# waits for one that is not there is a dead letter, and Kusto is not asked for it.

sink name=RemoteWrite
----
(nothing)

sinks remoteWrite=us
----
1m2s     query a [00:00:00, 00:01:00) attempt=1
1m2s     commit a seq=3 watermark=00:01:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

advance by=30s
----
1m7s     query a [00:00:00, 00:01:00) attempt=2
1m7s     deliver a to RemoteWrite until 00:01:00, 1 points
1m7s     commit a seq=4 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
1m7s     event a DeliveryRecovered: Every output has the last window again; before it was DeliveryFailed.

sinks remoteWrite=asia
----
1m32s    query a [00:00:00, 00:01:00) attempt=1
1m32s    commit a seq=5 watermark=00:01:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded

status name=a
----
1m32s    status a Ready=True/Succeeded generation=1 "The last window was queried and delivered."
1m32s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
1m32s    status a Delivered=True/Succeeded generation=1 "Every output has the last window."
1m32s    status a last success 00:01:00, skipped 0, backlog 0, series 1

sink name=RemoteWrite error=down
----
(nothing)

advance by=1m
----
2m1s     query a [00:01:00, 00:02:00) attempt=1
2m1s     deliver a to RemoteWrite until 00:02:00, 1 points
2m1s     commit a seq=6 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m1s     event a DeliveryFailed: DeliveryFailed: RemoteWrite/asia: down
2m7s     query a [00:01:00, 00:02:00) attempt=2
2m7s     deliver a to RemoteWrite until 00:02:00, 1 points
2m7s     commit a seq=7 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m15s    query a [00:01:00, 00:02:00) attempt=3
2m15s    deliver a to RemoteWrite until 00:02:00, 1 points
2m15s    commit a seq=8 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

sinks remoteWrite=us
----
2m32s    commit a seq=9 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed
2m32s    event a WindowDeadLettered: A window was given up after 3 attempts, OutputMissing: There is no output RemoteWrite/asia any more.
2m32s    query a [00:01:00, 00:02:00) attempt=1
2m32s    commit a seq=10 watermark=00:02:00 Ready=False/DeliveryFailed QuerySucceeded=True/Succeeded Delivered=False/DeliveryFailed

advance by=5s
----
(nothing)

status name=a
----
2m37s    status a Ready=False/DeliveryFailed generation=1 "RemoteWrite/asia: down"
2m37s    status a QuerySucceeded=True/Succeeded generation=1 "The last window was queried."
2m37s    status a Delivered=False/DeliveryFailed generation=1 "RemoteWrite/asia: down"
2m37s    status a last success 00:02:00, skipped 0, backlog 0, series 1
2m37s    status a dead letter [00:01:00, 00:02:00) attempts=3 OutputMissing: There is no output RemoteWrite/asia any more.
