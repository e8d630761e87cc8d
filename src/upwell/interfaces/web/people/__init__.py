"""Pages of persons and units."""
