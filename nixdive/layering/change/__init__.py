"""The change model: how likely it is that the next release changes a store path, and what changes with it."""
