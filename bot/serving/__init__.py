"""What one process serves over HTTP: webhooks, the board, health and metrics."""
