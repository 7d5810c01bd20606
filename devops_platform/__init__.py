"""The platform's composition root, base modules and tenancy."""
