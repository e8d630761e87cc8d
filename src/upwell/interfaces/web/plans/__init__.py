"""Plans: proposed from needs, decided by both sides, followed until use is shown."""
