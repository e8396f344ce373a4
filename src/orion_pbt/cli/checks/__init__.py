"""What `orion-pbt doctor` looks at: one topic a file."""
