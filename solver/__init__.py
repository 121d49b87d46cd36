"""From a problem to a plan, and from a contract to its options."""
