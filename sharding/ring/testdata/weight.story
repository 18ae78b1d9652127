# Loads are what partitions cost, and members have capacities.

ring partitions=12 in-flight=0.5
----

weigh 0=6 1=6 2=6
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

# One of twice the capacity comes.
join d capacity=2
----

settle
----
epoch 101 term 0
a/1 owns 4
b/1 owns 4
c/1 owns 4
d/1 owns 0
2 move from a/1 to d/1, asked for in 101
2 move from b/1 to d/1, asked for in 101
2 move from c/1 to d/1, asked for in 101
owners cabbcaabcbac

rest
----
epoch 103 term 0
a/1 owns 1
b/1 owns 1
c/1 owns 1
d/1 owns 9
owners cabddddddddd
moved 3 from a/1 to d/1
moved 3 from b/1 to d/1
moved 3 from c/1 to d/1

# One query gets dearer than all the others together. It does not move; what else its
# owner has does.
weigh 0=40
----

rest
----
epoch 105 term 0
a/1 owns 3
b/1 owns 2
c/1 owns 1
d/1 owns 6
owners cababadddddd
moved 2 from d/1 to a/1
moved 1 from d/1 to b/1

rest
----
nothing changes
