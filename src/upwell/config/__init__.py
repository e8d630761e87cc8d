"""Settings from the environment, the database supervisor, and the address table. The highest floor."""
