"""Guard: what must hold before anything is changed. Pure: facts in, verdicts out."""
