"""Capture: relief from photographs under known lights; what a plain photograph or a phone can and cannot show."""
