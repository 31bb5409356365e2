"""The closure: its tree, filters, and the selected store path."""
