"""The turn of an opportunity: read its deliveries, decide on them, and bring GitHub up to date.

runner = TurnRunner(deciding=Decider(…), updater=GitHubUpdater(…), …)
await runner.turn("owner/name#12", lease)
"""
