# A predecessor that lives is asked once for each partition, before the store is
# read: what it wrote last is in. Its series are shown at once.

apply name=a1
----
(nothing)

apply name=b1
----
(nothing)

apply name=c2
----
(nothing)

apply name=d3
----
(nothing)

peer pod=m-1 name=a1 series=a1
----
(nothing)

peer pod=m-1 name=c2
----
(nothing)

peer pod=m-2 name=d3 series=(d3,broken)
----
(nothing)

take partitions=(1,2) from=m-1
----
0s       - asks m-1 for [1 2]
0s       - reads a1 b1 c2
0s       a1 is shown as before
0s       a1 runs generation=1 and goes on from a handover, shown=1
0s       b1 runs generation=1 and goes on from its status
0s       c2 runs generation=1 and goes on from a handover, shown=0

take partitions=3 from=m-2
----
0s       - asks m-2 for [3]
0s       - reads d3
0s       d3 is shown as before
0s       d3 runs generation=1 and goes on from a handover, shown=0

# A predecessor that does not answer costs three seconds, one that fails nothing.

drop partitions=(1,2,3)
----
0s       a1 is dropped
0s       b1 is dropped
0s       c2 is dropped
0s       d3 is dropped

neighbour who=m-1 takes=1h
----
(nothing)

take partitions=1 from=m-1
----
0s       - asks m-1 for [1]

advance by=5s
----
3s       - reads a1 b1
3s       a1 runs generation=1 and goes on from its status
3s       b1 runs generation=1 and goes on from its status

drop partitions=1
----
5s       a1 is dropped
5s       b1 is dropped

neighbour who=m-1 error=refused
----
(nothing)

take partitions=1 from=m-1
----
5s       - asks m-1 for [1]
5s       - reads a1 b1
5s       a1 runs generation=1 and goes on from its status
5s       b1 runs generation=1 and goes on from its status

# A status that somebody else wrote is the truth: nobody is asked.

neighbour who=m-1
----
(nothing)

outdated name=a1
----
5s       - reads a1
5s       a1 runs generation=1 and goes on from its status

outdated name=z1
----
(nothing)

# But the next time the predecessor is asked again.

drop partitions=1
----
5s       a1 is dropped
5s       b1 is dropped

take partitions=1 from=m-1
----
5s       - asks m-1 for [1]
5s       - reads a1 b1
5s       a1 is shown as before
5s       a1 runs generation=1 and goes on from a handover, shown=1
5s       b1 runs generation=1 and goes on from its status

# What is heard of it while the predecessor is asked counts as well.

drop partitions=1
----
5s       a1 is dropped
5s       b1 is dropped

neighbour who=m-1 takes=1s
----
(nothing)

take partitions=1 from=m-1
----
5s       - asks m-1 for [1]

outdated name=a1
----
(nothing)

advance by=1s
----
6s       - reads a1 b1
6s       a1 runs generation=1 and goes on from its status
6s       b1 runs generation=1 and goes on from its status

# It counts for this time only.

neighbour who=m-1
----
(nothing)

neighbour who=home takes=1s
----
(nothing)

outdated name=a1
----
6s       - reads a1

drop partitions=1
----
6s       b1 is dropped

advance by=1s
----
(nothing)

take partitions=1 from=m-1
----
7s       - asks m-1 for [1]
7s       - reads a1 b1

advance by=1s
----
8s       a1 is shown as before
8s       a1 runs generation=1 and goes on from a handover, shown=1
8s       b1 runs generation=1 and goes on from its status

neighbour who=home
----
(nothing)

# Where nothing is shown there is nothing to import.

restart
----
(nothing)

apply name=a1
----
(nothing)

take partitions=1 from=m-1
----
8s       - asks m-1 for [1]
8s       - reads a1
8s       a1 runs generation=1 and goes on from a handover, shown=1

release partitions=1
----
8s       a1 comes to rest
8s       a1 is dropped
8s       - released [1]

handed partitions=1
----
8s       a1 is handed over, shown=1, with series ""
