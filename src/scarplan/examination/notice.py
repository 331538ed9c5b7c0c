"""What every page made from an examination says."""

NOTICE = "estimated from examination; depth was not measured"
