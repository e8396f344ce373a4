"""The `orion-pbt` command: what Oríon's own commands cannot say of a population."""
