"""HTTP: routes, calls, paging, conditional requests, limits, and the server."""
