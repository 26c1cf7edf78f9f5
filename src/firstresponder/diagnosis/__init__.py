"""Diagnosis: from evidence to ranked causes, each with quotes that prove it, or an honest "not enough to say". Pure."""
