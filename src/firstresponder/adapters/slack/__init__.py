"""Slack: one message per incident, updated in place, and the clicks on it.

`open.py` builds what is configured. Only files that speak to Slack import its libraries (the extra `slack`).
"""
