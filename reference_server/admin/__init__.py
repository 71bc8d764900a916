"""The admin's side: JSON API and, where it is switched on, control over the clock."""
