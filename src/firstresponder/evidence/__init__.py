"""Evidence: find the object that an alert is about, and read what there is to see around it, bounded and redacted."""
