"""Figures: logos, heat maps, curves. Functions draw on the axes that they get, and return them; nothing is shown."""
