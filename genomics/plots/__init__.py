"""Figures: logos, heat maps, curves. Functions draw on the axes that they are given and return them; nothing is shown."""
