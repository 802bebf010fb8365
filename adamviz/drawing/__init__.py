"""Pictures of scenes: panels, drawn with matplotlib; stills and animations."""

from ..machine import import_matplotlib

import_matplotlib()  # before the modules that need it
