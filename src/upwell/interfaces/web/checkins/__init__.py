"""1:1s: planned, prepared from what is open, held, and carried over."""
