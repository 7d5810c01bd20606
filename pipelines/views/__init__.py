"""The pages of pipelines and runs. They use selectors and services, not our own REST."""
