"""Team: people against what their roles ask, one person beside them, and units rolled up."""
