"""How good the found schedules are: tasks, settings, statistics, table and plot."""
