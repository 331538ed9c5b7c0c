"""Commissioning: what one scanner can be trusted with, from repeated scans and from a printed phantom."""
