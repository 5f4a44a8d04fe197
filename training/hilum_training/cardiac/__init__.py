"""A parametric chest with a beating heart's worth of chambers, seen by an MR scout, and its planes."""
