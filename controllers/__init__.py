"""The reconcilers: each observes one kind of object, decides, and acts. Nobody imports this package."""
