# While exporters are read, the ring goes on. What is read for a tenure that is over
# is not run.

apply name=a1
----
(nothing)

apply name=b1
----
(nothing)

neighbour who=home takes=2s
----
(nothing)

take partitions=1
----
0s       - reads a1 b1

drop partitions=1
----
(nothing)

advance by=3s
----
(nothing)

# Not even if the partition is ours again: then it is read again.

take partitions=1
----
3s       - reads a1 b1

advance by=1s
----
(nothing)

drop partitions=1
----
(nothing)

take partitions=1
----
(nothing)

advance by=1s
----
5s       - reads a1 b1

advance by=3s
----
7s       a1 runs generation=1 and goes on from its status
7s       b1 runs generation=1 and goes on from its status

# One that is removed meanwhile does not come back.

drop partitions=1
----
8s       a1 is dropped
8s       b1 is dropped

take partitions=1
----
8s       - reads a1 b1

remove name=b1
----
(nothing)

advance by=2s
----
10s      a1 runs generation=1 and goes on from its status

# One that is deleted in the store waits for the watch to say so.

drop partitions=1
----
10s      a1 is dropped

store name=a1 gone=true
----
(nothing)

take partitions=1
----
10s      - reads a1

advance by=2s
----
(nothing)

remove name=a1
----
(nothing)

advance by=9s
----
(nothing)

# A store that cannot be read is read again every second.

neighbour who=home error=unreachable
----
(nothing)

apply name=c1
----
21s      - reads c1

advance by=3500ms
----
22s      - reads c1
23s      - reads c1
24s      - reads c1

neighbour who=home
----
(nothing)

advance by=10s
----
25s      - reads c1
25s      c1 runs generation=1 and goes on from its status

# An exporter that comes back before its release is over is run again after it.

neighbour who=executor takes=4s
----
(nothing)

release partitions=1
----
34.5s    c1 comes to rest

advance by=1s
----
(nothing)

take partitions=1
----
(nothing)

apply name=c1 generation=2
----
(nothing)

advance by=10s
----
38.5s    c1 has its series taken along
38.5s    c1 is dropped
38.5s    - reads c1
38.5s    c1 runs generation=2 and goes on from its status
38.5s    - released [1]

# So is a namesake that is made in that time.

release partitions=1
----
45.5s    c1 comes to rest

take partitions=1
----
(nothing)

remove name=c1
----
45.5s    c1 ends

apply name=c1 uid=2
----
(nothing)

advance by=10s
----
49.5s    - reads c1
49.5s    c1 runs generation=1 and goes on from its status
49.5s    - released [1]

# One that is removed in that time ends; it is not on its way any more.

advance by=10s
----
(nothing)

release partitions=1
----
1m5.5s   c1 comes to rest

remove name=c1
----
1m5.5s   c1 ends

advance by=10s
----
1m9.5s   - released [1]

handed partitions=1
----
(nothing)
