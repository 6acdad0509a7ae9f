"""Posters, leaflets and share pictures: what stands on them, how they are drawn, and when they are made."""
