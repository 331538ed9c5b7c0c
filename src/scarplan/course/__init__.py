"""Course: what was done and measured, the patient's own response, what to do next, and when.

Contents are named here as the files come.
"""
