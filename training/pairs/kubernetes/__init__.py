"""Kubernetes: whole manifests, and parts of a manifest that exists."""
