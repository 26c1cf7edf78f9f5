"""Intake: a webhook body becomes alerts. Pure."""
