# A replica that ends stays until its heirs have asked.

apply name=a1
----
(nothing)

take partitions=1
----
0s       - reads a1
0s       a1 runs generation=1 and goes on from its status

release partitions=1
----
0s       a1 comes to rest
0s       a1 has its series taken along
0s       a1 is dropped
0s       - released [1]

collect
----
(nothing)

advance by=1s
----
(nothing)

handed partitions=1
----
1s       a1 is handed over, shown=1, with series "a1"
1s       - may end

# But not for long.

take partitions=1
----
1s       - reads a1
1s       a1 runs generation=1 and goes on from its status

release partitions=1
----
1s       a1 comes to rest
1s       a1 has its series taken along
1s       a1 is dropped
1s       - released [1]

collect
----
(nothing)

advance by=4s
----
4s       - may end

# What it drops, nobody goes on with.

drop partitions=1
----
(nothing)

collect
----
5s       - may end
