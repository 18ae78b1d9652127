# A rolling restart of three: each pod drains, leaves and comes back empty, one after
# the other. The share of the next one goes to the one that has come back, so that
# hardly more than everything moves once.

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

drain c
----

plan
----
epoch 101 term 0
a/1 owns 4
b/1 owns 4
c/1 owns 4 draining
2 move from c/1 to a/1, asked for in 101
2 move from c/1 to b/1, asked for in 101
owners cabbcaabcbac

ack c
----

plan
----
epoch 102 term 0
a/1 owns 6
b/1 owns 6
c/1 owns 0 draining
owners aabbbaababab
moved 2 from c/1 to a/1
moved 2 from c/1 to b/1

fence c
----

plan
----
epoch 103 term 0
a/1 owns 6
b/1 owns 6
owners aabbbaababab

join c
----

plan
----
epoch 104 term 0
a/1 owns 6
b/1 owns 6
c/2 owns 0
owners aabbbaababab

drain b
----

plan
----
epoch 105 term 0
a/1 owns 6
b/1 owns 6 draining
c/2 owns 0
6 move from b/1 to c/2, asked for in 105
owners aabbbaababab

ack b
----

plan
----
epoch 106 term 0
a/1 owns 6
b/1 owns 0 draining
c/2 owns 6
owners aacccaacacac
moved 6 from b/1 to c/2

restart b
----

plan
----
epoch 107 term 0
a/1 owns 6
b/2 owns 0
c/2 owns 6
owners aacccaacacac

drain a
----

plan
----
epoch 108 term 0
a/1 owns 6 draining
b/2 owns 0
c/2 owns 6
6 move from a/1 to b/2, asked for in 108
owners aacccaacacac

ack a
----

plan
----
epoch 109 term 0
a/1 owns 0 draining
b/2 owns 6
c/2 owns 6
owners bbcccbbcbcbc
moved 6 from a/1 to b/2

restart a
----

plan
----
epoch 110 term 0
a/2 owns 0
b/2 owns 6
c/2 owns 6
owners bbcccbbcbcbc

# Only now is the rollout over.
rest
----
epoch 115 term 0
a/2 owns 4
b/2 owns 4
c/2 owns 4
owners aaaacbbcbcbc
moved 2 from b/2 to a/2
moved 2 from c/2 to a/2
