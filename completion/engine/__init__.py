"""Below the waist: the wire, the host process that holds a model, the lease on it, and its client."""
