"""Visits: two scans of one patient, laid over each other, the same scars found again, and what changed."""
