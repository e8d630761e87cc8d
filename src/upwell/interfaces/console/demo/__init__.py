"""The demonstration organisation: a real tree, real roles and a real catalogue; simulated persons with known truth."""
