"""GitHub's JSON for each thing in the box. Nothing here changes anything."""
