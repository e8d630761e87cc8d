"""Reviews: the list, the form with evidence beside it, and signing off with a consequence."""
