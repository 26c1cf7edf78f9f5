"""Reading: whatever people export becomes entries. One file per form."""
