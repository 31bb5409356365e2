"""The plan: which store path lies in which layer, and why."""
