"""The door for learning records (xAPI statements) from other systems."""
