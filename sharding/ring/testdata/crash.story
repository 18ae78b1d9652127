# A member dies. While it may still act, it keeps what it has.

ring partitions=12
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

vanish b
----

plan
----
nothing changes

fence b
----

plan
----
epoch 101 term 0
a/1 owns 6
c/1 owns 6
owners caaccaaccaac
moved 2 from b/1 to a/1
moved 2 from b/1 to c/1

# A pod whose container restarts goes on with what it had.
restart c
----

plan
----
epoch 102 term 0
a/1 owns 6
c/2 owns 6
owners caaccaaccaac
moved 6 from c/1 to c/2

# A pod comes back while it is not confirmed that its former life has ended.
vanish a
----

plan
----
nothing changes

join a
----

plan
----
epoch 103 term 0
a/1 owns 6
a/2 owns 0
c/2 owns 6
owners caaccaaccaac

fence a
----

join a
----

plan
----
epoch 104 term 0
a/3 owns 6
c/2 owns 6
owners caaccaaccaac
moved 6 from a/1 to a/3

# All of them die; the first one to come back has it all, at once.
fence a c
----

plan
----
epoch 105 term 0
nobody owns 12
owners ------------
moved 6 from a/3 to nobody
moved 6 from c/2 to nobody

join b
----

plan
----
epoch 106 term 0
b/2 owns 12
owners bbbbbbbbbbbb

rest
----
nothing changes
