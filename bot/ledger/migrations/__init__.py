"""The history of the tables, one file a change in `versions/`, run by `bot.ledger.upgrading`."""
