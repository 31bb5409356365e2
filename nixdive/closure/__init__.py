"""The graph of store paths and what can be measured on it."""
