"""SQL: a random schema, and statements over it in the SQLite or the PostgreSQL dialect."""
