"""Readers of scan files: one per format, chosen by name and content; what is not a scan is refused in words."""

from scarplan.surface.io.scan_file import read_scan as read_scan
