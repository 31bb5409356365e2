"""Why a store path is in the image, and in its layer."""
