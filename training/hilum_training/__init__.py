"""Synthetic phantoms, training and export of the model bundles that Hilum ships."""
