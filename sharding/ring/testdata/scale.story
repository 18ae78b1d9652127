# From three members to five, and down to two.

ring partitions=1024
----

join a b c
----

plan
----
epoch 100 term 0
a/1 owns 341
b/1 owns 341
c/1 owns 342

join d e
----

# Membership has just changed: the new members are known, and wait.
plan
----
epoch 101 term 0
a/1 owns 341
b/1 owns 341
c/1 owns 342
d/1 owns 0
e/1 owns 0

# A tenth of the partitions may be on its way.
settle
----
epoch 102 term 0
a/1 owns 341
b/1 owns 341
c/1 owns 342
d/1 owns 0
e/1 owns 0
17 move from a/1 to d/1, asked for in 102
17 move from a/1 to e/1, asked for in 102
17 move from b/1 to d/1, asked for in 102
17 move from b/1 to e/1, asked for in 102
17 move from c/1 to d/1, asked for in 102
17 move from c/1 to e/1, asked for in 102

# Nothing moves before it is acknowledged.
settle
----
nothing changes

ack a
----

settle
----
epoch 103 term 0
a/1 owns 307
b/1 owns 341
c/1 owns 342
d/1 owns 17
e/1 owns 17
17 move from b/1 to d/1, asked for in 102
17 move from b/1 to e/1, asked for in 102
17 move from c/1 to d/1, asked for in 102
17 move from c/1 to e/1, asked for in 102
5 move from a/1 to d/1, asked for in 103
6 move from a/1 to e/1, asked for in 103
6 move from b/1 to d/1, asked for in 103
5 move from b/1 to e/1, asked for in 103
6 move from c/1 to d/1, asked for in 103
6 move from c/1 to e/1, asked for in 103
moved 17 from a/1 to d/1
moved 17 from a/1 to e/1

rest
----
epoch 107 term 0
a/1 owns 210
b/1 owns 210
c/1 owns 210
d/1 owns 197
e/1 owns 197
moved 48 from a/1 to d/1
moved 49 from a/1 to e/1
moved 66 from b/1 to d/1
moved 65 from b/1 to e/1
moved 66 from c/1 to d/1
moved 66 from c/1 to e/1

# Three leave in good order: all that they have is asked for at once.
drain c d e
----

plan
----
epoch 108 term 0
a/1 owns 210
b/1 owns 210
c/1 owns 210 draining
d/1 owns 197 draining
e/1 owns 197 draining
105 move from c/1 to a/1, asked for in 108
105 move from c/1 to b/1, asked for in 108
99 move from d/1 to a/1, asked for in 108
98 move from d/1 to b/1, asked for in 108
98 move from e/1 to a/1, asked for in 108
99 move from e/1 to b/1, asked for in 108

ack c
----

plan
----
epoch 109 term 0
a/1 owns 315
b/1 owns 315
c/1 owns 0 draining
d/1 owns 197 draining
e/1 owns 197 draining
99 move from d/1 to a/1, asked for in 108
98 move from d/1 to b/1, asked for in 108
98 move from e/1 to a/1, asked for in 108
99 move from e/1 to b/1, asked for in 108
moved 105 from c/1 to a/1
moved 105 from c/1 to b/1

ack d e
----

plan
----
epoch 110 term 0
a/1 owns 512
b/1 owns 512
c/1 owns 0 draining
d/1 owns 0 draining
e/1 owns 0 draining
moved 99 from d/1 to a/1
moved 98 from d/1 to b/1
moved 98 from e/1 to a/1
moved 99 from e/1 to b/1

fence c d e
----

plan
----
epoch 111 term 0
a/1 owns 512
b/1 owns 512

rest
----
nothing changes
