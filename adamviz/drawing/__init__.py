"""Pictures of scenes: panels, drawn with matplotlib; stills and animations."""
