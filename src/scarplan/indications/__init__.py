"""Indications: what needling is used for, and what scarplan does about each: forecast, document, or neither."""
