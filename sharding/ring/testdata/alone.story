# What was asked for goes back, with a new fence, if there is nobody else left.

ring partitions=12
----

join a b
----

plan
----
epoch 100 term 0
a/1 owns 6
b/1 owns 6
owners ababbaabbaab

drain a
----

plan
----
epoch 101 term 0
a/1 owns 6 draining
b/1 owns 6
6 move from a/1 to b/1, asked for in 101
owners ababbaabbaab

fence b
----

plan
----
epoch 102 term 0
a/1 owns 12 draining
6 move from a/1 to a/1, asked for in 101
owners aaaaaaaaaaaa
moved 6 from b/1 to a/1

ack a
----

plan
----
epoch 103 term 0
a/1 owns 12 draining
owners aaaaaaaaaaaa

plan
----
nothing changes

# A second one comes, and the first one can go at last.
join b
----

plan
----
epoch 104 term 0
a/1 owns 12 draining
b/2 owns 0
12 move from a/1 to b/2, asked for in 104
owners aaaaaaaaaaaa

rest
----
epoch 105 term 0
a/1 owns 0 draining
b/2 owns 12
owners bbbbbbbbbbbb
moved 12 from a/1 to b/2

# A silent member is given nothing, and is not evened out.
vanish a
----

rest
----
epoch 106 term 0
b/2 owns 12
owners bbbbbbbbbbbb

join c
----

rest
----
epoch 113 term 0
b/2 owns 6
c/1 owns 6
owners ccccccbbbbbb
moved 6 from b/2 to c/1
