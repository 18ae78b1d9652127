# What is released comes to rest first; its series move along, and are not shown
# here any more when the release is over.

apply name=a1
----
(nothing)

apply name=b2
----
(nothing)

apply name=c3
----
(nothing)

take partitions=(1,2,3)
----
0s       - reads a1 b2 c3
0s       a1 runs generation=1 and goes on from its status
0s       b2 runs generation=1 and goes on from its status
0s       c3 runs generation=1 and goes on from its status

neighbour who=executor takes=4s
----
(nothing)

release partitions=(1,2)
----
0s       a1 comes to rest
0s       b2 comes to rest

handed partitions=(1,2)
----
(nothing)

# A new spec is the successor's business.

apply name=a1 generation=2
----
(nothing)

advance by=4s
----
4s       a1 has its series taken along
4s       a1 is dropped
4s       b2 has its series taken along
4s       b2 is dropped
4s       - released [1 2]

handed partitions=(1,3)
----
4s       a1 is handed over, shown=1, with series "a1"

handed partitions=(1,2)
----
4s       a1 is handed over, shown=1, with series "a1"
4s       b2 is handed over, shown=1, with series "b2"

# Work that does not end is cut off with the release.

neighbour who=executor takes=1h
----
(nothing)

release partitions=3
----
4s       c3 comes to rest

advance by=20s
----
14s      c3 has its series taken along
14s      c3 is dropped
14s      - released [3]

# What is handed over is kept for a minute, and no longer.

advance by=40s
----
(nothing)

handed partitions=(1,2,3)
----
1m4s     a1 is handed over, shown=1, with series "a1"
1m4s     b2 is handed over, shown=1, with series "b2"
1m4s     c3 is handed over, shown=1, with series "c3"

advance by=1ns
----
(nothing)

handed partitions=(1,2,3)
----
1m4.000000001s c3 is handed over, shown=1, with series "c3"

# One that comes back is not handed over by us, nor one that is gone.

neighbour who=executor
----
(nothing)

kept
----
1m4.000000001s - kept 3

take partitions=3
----
1m4.000000001s - reads c3
1m4.000000001s c3 runs generation=1 and goes on from its status

handed partitions=3
----
(nothing)

release partitions=3
----
1m4.000000001s c3 comes to rest
1m4.000000001s c3 has its series taken along
1m4.000000001s c3 is dropped
1m4.000000001s - released [3]

handed partitions=3
----
1m4.000000001s c3 is handed over, shown=1, with series "c3"

remove name=c3
----
(nothing)

handed partitions=3
----
(nothing)

# An exporter that the executor does not know has nothing to hand over.

take partitions=1
----
1m4.000000001s - reads a1
1m4.000000001s a1 runs generation=2 and goes on from its status

neighbour who=executor takes=1s
----
(nothing)

release partitions=1
----
1m4.000000001s a1 comes to rest

outdated name=a1
----
(nothing)

advance by=1s
----
1m5.000000001s - released [1]

handed partitions=1
----
(nothing)

# The releases since have forgotten what had been kept for long enough.

kept
----
1m5.000000001s - kept 0

# A status that turns out to be somebody else's while its exporter is being released says
# nothing of the next time that it is ours: its predecessor is asked.

apply name=z9
----
(nothing)

take partitions=9
----
1m5.000000001s - reads z9
1m5.000000001s z9 runs generation=1 and goes on from its status

release partitions=9
----
1m5.000000001s z9 comes to rest

outdated name=z9
----
(nothing)

peer pod=m-9 name=z9 series=z9
----
(nothing)

take partitions=9 from=m-9
----
(nothing)

advance by=5s
----
1m6.000000001s - asks m-9 for [9]
1m6.000000001s - reads z9
1m6.000000001s z9 is shown as before
1m6.000000001s z9 runs generation=1 and goes on from a handover, shown=1
1m6.000000001s - released [9]
