"""The only modules that call AWS, one a resource."""
