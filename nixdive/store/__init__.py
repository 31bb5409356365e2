"""What a store path is, and where its metadata comes from."""
