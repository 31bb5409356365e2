"""The panes: each takes values and gives messages."""
