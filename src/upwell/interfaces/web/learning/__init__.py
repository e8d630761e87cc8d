"""Learning: the catalogue, one item, and what one takes oneself."""
