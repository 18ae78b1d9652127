# An exporter is run by whoever has its partition, and by nobody else.

apply name=a1
----
(nothing)

apply name=b1
----
(nothing)

apply name=c2
----
(nothing)

take partitions=1
----
0s       - reads a1 b1
0s       a1 runs generation=1 and goes on from its status
0s       b1 runs generation=1 and goes on from its status

# New specs go straight on, and so does one that is not valid.

apply name=a1 generation=2
----
0s       a1 runs generation=2 and goes on from its status

refuse name=b1 error=bad
----
0s       b1 is refused: bad

apply name=c2 generation=2
----
(nothing)

# An exporter of our partition that comes later is read from the store first: what
# the watch has may be old.

store name=d1 generation=2
----
(nothing)

apply name=d1
----
0s       - reads d1
0s       d1 runs generation=2 and goes on from its status

# Unless the watch is the faster one.

store name=e1
----
(nothing)

apply name=e1 generation=3
----
0s       - reads e1
0s       e1 runs generation=3 and goes on from its status

# A namesake that was made again is another one: what is stored counts.

store name=f1 uid=2
----
(nothing)

apply name=f1 generation=3
----
0s       - reads f1
0s       f1 runs generation=1 and goes on from its status

# Gone exporters are gone, ours or not.

remove name=c2
----
(nothing)

remove name=d1
----
0s       d1 ends

remove name=d1
----
(nothing)

take partitions=2
----
(nothing)

# Those for other cluster labels are nobody's here.

apply name=g1 for=others
----
(nothing)

knows name=g1
----
0s       g1 is known: false

knows name=a1
----
0s       a1 is known: true

knows name=z1
----
0s       z1 is known: false

store name=h1 for=others
----
(nothing)

apply name=h1
----
0s       - reads h1

knows name=h1
----
0s       h1 is known: false

# What is taken away ends at once, and comes back only with its partition.

drop partitions=1
----
0s       a1 is dropped
0s       b1 is dropped
0s       e1 is dropped
0s       f1 is dropped

apply name=a1 generation=3
----
(nothing)

remove name=b1
----
(nothing)

take partitions=1
----
0s       - reads a1 e1 f1
0s       a1 runs generation=3 and goes on from its status
0s       e1 runs generation=3 and goes on from its status
0s       f1 runs generation=1 and goes on from its status
