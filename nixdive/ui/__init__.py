"""The screen: shows a closure and its layers, takes edits, tells their price, and writes the image."""
