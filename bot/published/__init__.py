"""What everybody may know of the opportunities, as values and texts: no I/O, no clock, no database.

    record = make_record(opportunity, history, turn="supplier")

`record.py` is one opportunity in short, from which the board's lists, the tracker and the measures are made; the ledger
keeps it beside the facts. The rest of the room turns records and histories into what people and machines read.
"""
