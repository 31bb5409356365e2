"""What engines accept in an image: its documents are checked before anything is written.

Which engine refuses what was tried with docker 20.10.24, podman 4.3.1, containerd 1.6.20 and skopeo 1.9.3;
all of them decode JSON as Go does.
"""
