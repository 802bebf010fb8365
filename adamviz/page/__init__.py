"""Pages: a figure as HTML that moves without Python."""
