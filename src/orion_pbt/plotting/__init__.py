"""Pictures of a population: who descended from whom, its schedules, how it moved."""
