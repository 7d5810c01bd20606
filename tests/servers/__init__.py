"""Real servers for the tests: each module starts one on loopback, in a folder of its own, and ends it by its pid."""
