"""How well and how fast models complete a person's own code, asked through the product's own path."""
