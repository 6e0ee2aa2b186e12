"""Checks of scripts: one file a validator; each says valid, invalid at a place, or not checked because."""
