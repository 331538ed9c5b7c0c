"""Photographs: dated views without hidden data, marks on them, agreement of raters, colour with a chart."""
