"""Job profiles as scorecards, and the role a person aims at."""
