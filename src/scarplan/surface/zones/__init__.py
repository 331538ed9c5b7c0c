"""Zones of a face on its mesh: from a few landmarks or drawn outlines to one chart of skin per zone and side."""
