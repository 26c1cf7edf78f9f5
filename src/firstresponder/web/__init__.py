"""The HTTP side: webhooks, the API, health, metrics and documentation."""
