"""Fitting the population to published trials, and what the fit predicts for arms it never saw."""
