# While exporters are read, the watch goes on. One that is deleted and made again in
# that time is read again: what was read is the old one.

apply name=a1 generation=7
----
(nothing)

neighbour who=home takes=2s
----
(nothing)

take partitions=1
----
0s       - reads a1

store name=a1 uid=2
----
(nothing)

apply name=a1 uid=2
----
(nothing)

advance by=10s
----
2s       - reads a1
4s       a1 runs generation=1 and goes on from its status

# What was read may be older than what the watch tells: it was not ours then, and is
# now.

apply name=b2
----
(nothing)

store name=b2 generation=2 for=others
----
(nothing)

take partitions=2
----
10s      - reads b2

apply name=b2 generation=3
----
(nothing)

advance by=10s
----
12s      - reads b2
14s      b2 runs generation=3 and goes on from its status

# Or it was ours, and is not any more.

apply name=c3
----
(nothing)

take partitions=3
----
20s      - reads c3

apply name=c3 generation=2 for=others
----
(nothing)

advance by=10s
----
(nothing)

# Nobody waits for that one.

release partitions=3
----
30s      - released [3]

# What the watch tells late is no news: the newer one that was read runs.

apply name=d4
----
(nothing)

store name=d4 generation=2
----
(nothing)

take partitions=4
----
30s      - reads d4

apply name=d4
----
(nothing)

advance by=10s
----
32s      d4 runs generation=2 and goes on from its status

# If it tells of an object that is gone by now, the new one is read once more.

apply name=e5 generation=7
----
(nothing)

store name=e5 uid=2
----
(nothing)

take partitions=5
----
40s      - reads e5

apply name=e5 generation=7
----
(nothing)

advance by=10s
----
42s      - reads e5
44s      e5 runs generation=1 and goes on from its status
