"""Messy records into rows of a table: read, decided, proved, written. Nothing is invented and nothing is left out."""
