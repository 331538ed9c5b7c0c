"""One file per verb: read the case, call the rooms, write the case. CLI, Python and web call these."""
