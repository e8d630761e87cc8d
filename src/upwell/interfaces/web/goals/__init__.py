"""Goals: measure, steps on the way, progress, and the objective they serve."""
