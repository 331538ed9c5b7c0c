"""Pictures of the report: shaded relief, depth map, histogram and fan; no numbers are made here."""
