"""What happens to a plan later: a cheaper one for the same promises, or one that lives with a change."""
