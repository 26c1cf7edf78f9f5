"""What Firstresponder needs of the world: one Protocol per file, nothing else."""
