"""Plain pages where people read what is in the box; the `html_url`s of the API lead here."""
