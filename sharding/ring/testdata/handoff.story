# A handoff, step by step; a leader that is new sees the same table and goes on.

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

join c d
----

drain a
----

plan
----
epoch 101 term 0
a/1 owns 6 draining
b/1 owns 6
c/1 owns 0
d/1 owns 0
3 move from a/1 to c/1, asked for in 101
3 move from a/1 to d/1, asked for in 101
owners ababbaabbaab

# The destination dies while it waits: another one is found. What was asked for
# stays asked for, with the epoch that the member acknowledges.
fence c
----

plan
----
epoch 102 term 0
a/1 owns 6 draining
b/1 owns 6
d/1 owns 0
6 move from a/1 to d/1, asked for in 101
owners ababbaabbaab

# The destination wants to go itself.
drain d
----

plan
----
epoch 103 term 0
a/1 owns 6 draining
b/1 owns 6
d/1 owns 0 draining
6 move from a/1 to b/1, asked for in 101
owners ababbaabbaab

# It is found again that nothing changes.
plan
----
nothing changes

# A member that changes its mind has been asked all the same.
stay a
----

plan
----
epoch 104 term 0
a/1 owns 6
b/1 owns 6
d/1 owns 0 draining
6 move from a/1 to b/1, asked for in 101
owners ababbaabbaab

ack a
----

plan
----
epoch 105 term 0
a/1 owns 0
b/1 owns 12
d/1 owns 0 draining
owners bbbbbbbbbbbb
moved 6 from a/1 to b/1

rest
----
epoch 112 term 0
a/1 owns 6
b/1 owns 6
d/1 owns 0 draining
owners aaaaaabbbbbb
moved 6 from b/1 to a/1

# The giver dies before it acknowledges: what was planned is done at once.
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

fence a
----

plan
----
epoch 102 term 0
b/1 owns 12
owners bbbbbbbbbbbb
moved 6 from a/1 to b/1

# The giver's pod restarts: what was on its way goes on, to where it was meant to go.
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

drain a
----

plan
----
epoch 101 term 0
a/1 owns 4 draining
b/1 owns 4
c/1 owns 4
2 move from a/1 to b/1, asked for in 101
2 move from a/1 to c/1, asked for in 101
owners cabbcaabcbac

restart a
----

plan
----
epoch 102 term 0
a/2 owns 0
b/1 owns 6
c/1 owns 6
owners cbbbccbbcbcc
moved 2 from a/1 to b/1
moved 2 from a/1 to c/1

# Both ends die.
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

drain a
----

plan
----
epoch 101 term 0
a/1 owns 4 draining
b/1 owns 4
c/1 owns 4
2 move from a/1 to b/1, asked for in 101
2 move from a/1 to c/1, asked for in 101
owners cabbcaabcbac

fence a b
----

plan
----
epoch 102 term 0
c/1 owns 12
owners cccccccccccc
moved 4 from a/1 to c/1
moved 4 from b/1 to c/1
