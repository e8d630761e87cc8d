"""What a person can do: levels against the role, and why each level is what it is."""
