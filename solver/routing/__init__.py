"""In which order mobile resources do their work: ruin and recreate on arrays, within a budget."""
