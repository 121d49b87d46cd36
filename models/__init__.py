"""What is true: contracts, resources, promises, plans and policies. No algorithms."""
