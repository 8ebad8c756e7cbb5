"""Files taken apart into pages: formats by content, images, TIFF, resolution."""
