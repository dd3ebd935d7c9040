"""Station lists from offices and back to them: XLSX, CSV, GeoJSON, in the office's own words."""
