"""Questions of a checkpoint that mark themselves: kinds, asking, reading, marking, writing."""
