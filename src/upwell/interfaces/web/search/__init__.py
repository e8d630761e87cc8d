"""Search: one box for people, capabilities, roles, learning and pages."""
