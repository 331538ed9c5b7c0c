"""Texture: how rough scar-free skin is, by the parameters of ISO 25178."""
