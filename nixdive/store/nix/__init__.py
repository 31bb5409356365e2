"""The local Nix: the one package that starts it.

The options are those that every Nix since 2.4 takes, whatever its configuration enables; where versions
differ, the newest form is tried first.
"""
