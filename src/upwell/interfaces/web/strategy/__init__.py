"""Strategy: from mission to objective, capability, roles and people; aggregates only."""
