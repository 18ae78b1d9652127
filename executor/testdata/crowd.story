# A slow exporter delays nobody but itself.

kusto takes=50s times=1
----
(nothing)

apply name=slow timeout=55s
----
0s       schema slow

kusto
----
(nothing)

apply name=quick interval=10s
----
0s       schema quick
0s       query quick [23:59:50, 00:00:00) attempt=1
0s       deliver quick to Prometheus until 00:00:00, 1 points
0s       commit quick seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
0s       event quick FirstRunSucceeded: The first window gave 1 series.

advance by=30s
----
10s      query quick [00:00:00, 00:00:10) attempt=1
10s      deliver quick to Prometheus until 00:00:10, 1 points
20s      query quick [00:00:10, 00:00:20) attempt=1
20s      deliver quick to Prometheus until 00:00:20, 1 points

advance by=30s
----
30s      query quick [00:00:20, 00:00:30) attempt=1
30s      deliver quick to Prometheus until 00:00:30, 1 points
40s      query quick [00:00:30, 00:00:40) attempt=1
40s      deliver quick to Prometheus until 00:00:40, 1 points
50s      query quick [00:00:40, 00:00:50) attempt=1
50s      deliver quick to Prometheus until 00:00:50, 1 points
50s      query slow [23:59:00, 00:00:00) attempt=1
50s      deliver slow to Prometheus until 00:00:00, 1 points
50s      commit slow seq=1 watermark=00:00:00 Ready=True/Succeeded QuerySucceeded=True/Succeeded Delivered=True/Succeeded
50s      event slow FirstRunSucceeded: The first window gave 1 series.
