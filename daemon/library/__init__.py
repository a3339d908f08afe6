"""The DJ's tracks on disk and in memory: catalogue, indexes, bands, what others say of them."""
