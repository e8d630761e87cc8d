"""Use on the job: commitments, the log, re-assessments, and how much of what was done is used."""
