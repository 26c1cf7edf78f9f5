"""The only stage that writes to a cluster: actions say what to change, `plan` makes it concrete, `gate` lets it through."""
