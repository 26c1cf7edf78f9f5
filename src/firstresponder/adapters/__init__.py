"""The world's side of the ports: one folder or file per thing that is out there, blind to each other."""
