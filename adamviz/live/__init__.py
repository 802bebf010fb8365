"""Figures to move, in a notebook: sliders over an experiment."""
