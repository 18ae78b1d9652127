# A replica is given a share, and told to give it away before it has it, as when
# several end at once. It takes the share first: it alone is asked by the next owner.

apply name=a1
----
(nothing)

peer pod=m-1 name=a1 series=a1
----
(nothing)

neighbour who=home takes=1s
----
(nothing)

take partitions=1 from=m-1
----
0s       - asks m-1 for [1]
0s       - reads a1

release partitions=1
----
(nothing)

advance by=2s
----
1s       a1 is shown as before
1s       a1 runs generation=1 and goes on from a handover, shown=1
1s       a1 comes to rest
1s       a1 has its series taken along
1s       a1 is dropped
1s       - released [1]

handed partitions=1
----
2s       a1 is handed over, shown=1, with series "a1"

# What does not arrive is not waited for for long.

apply name=b2
----
(nothing)

neighbour who=home takes=1h
----
(nothing)

take partitions=2
----
2s       - reads b2

release partitions=2
----
(nothing)

advance by=6s
----
7s       - released [2]

handed partitions=2
----
(nothing)
