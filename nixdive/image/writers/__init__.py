"""Writing images: one pass over the files, blobs at their place, documents at the end."""
