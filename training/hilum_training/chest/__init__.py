"""A parametric thorax, projected like a radiograph and stored like a CR or DX image."""
