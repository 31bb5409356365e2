"""The layers, the selected one, and the plan as a whole."""
