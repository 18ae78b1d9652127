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
