"""Ways to a target: a pathway's steps, its links, its order, its copies."""
