"""Webhooks on their way to the App, with what can go wrong on the way, and the log of it all."""
