"""What the syntax tree knows: scopes, mode, verification. The only room that imports tree_sitter."""
