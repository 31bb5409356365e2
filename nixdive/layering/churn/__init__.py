"""The engine behind the strategy `churn`: paths in at most so many layers, so that a release costs least.

The cost of a layer is its bytes times the weight of the scenarios in which any of its members changes. To
merge two layers never makes the sum smaller, to cut one never makes it larger; the cuts are searched for.
"""
