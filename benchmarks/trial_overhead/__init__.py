"""What a trial costs beside its training: jobs, processes that do them, targets and tables."""
