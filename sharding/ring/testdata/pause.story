# What exporters cost changes all the time. Members that have been evened out are left
# alone for a while, unless one has twice what it should have.

ring partitions=12 in-flight=0.5
----

join a b c
----

plan
----
epoch 100 term 0
a/1 owns 4
b/1 owns 4
c/1 owns 4
owners cabbcaabcbac

weigh 1=3 5=3 6=3
----

paused
----
nothing changes

resumed
----
epoch 101 term 0
a/1 owns 4
b/1 owns 4
c/1 owns 4
1 move from a/1 to b/1, asked for in 101
1 move from a/1 to c/1, asked for in 101
1 move from c/1 to b/1, asked for in 101
owners cabbcaabcbac

rest
----
epoch 102 term 0
a/1 owns 2
b/1 owns 6
c/1 owns 4
owners bcbbcaabcbbc
moved 1 from a/1 to b/1
moved 1 from a/1 to c/1
moved 1 from c/1 to b/1

weigh 5=60 6=60
----

paused
----
epoch 103 term 0
a/1 owns 2
b/1 owns 6
c/1 owns 4
1 move from a/1 to c/1, asked for in 103
4 move from c/1 to b/1, asked for in 103
owners bcbbcaabcbbc
