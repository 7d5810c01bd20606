"""Step kinds that run a program of the platform's own. Each is a constant program; its data are variables and files."""
