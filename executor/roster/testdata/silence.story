# A home that accepts a question and never answers is asked again: a read that
# waited for it would keep this replica's exporters from running for ever.

neighbour who=home takes=1h
----
(nothing)

apply name=a1
----
(nothing)

take partitions=1
----
0s       - reads a1

advance by=10s
----
(nothing)

neighbour who=home
----
(nothing)

advance by=10s
----
16s      - reads a1
16s      a1 runs generation=1 and goes on from its status

# What has been read before a read breaks off is taken, and only the rest is read again.

neighbour who=home error=unreachable
----
(nothing)

apply name=b1
----
20s      - reads b1

apply name=b2
----
(nothing)

take partitions=2
----
20s      - reads b1 b2
20s      b1 runs generation=1 and goes on from its status
20s      - reads b2

advance by=500ms
----
(nothing)

neighbour who=home
----
(nothing)

advance by=2s
----
21s      - reads b2
21s      b2 runs generation=1 and goes on from its status
