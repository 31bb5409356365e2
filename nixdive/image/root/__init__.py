"""What is at the root of an image beside its store layers: what was asked for, its files, its layers."""
