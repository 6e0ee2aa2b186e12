"""Dockerfiles: whole images for many stacks, and single instructions for a file that exists."""
