"""The turn of an opportunity: what reached it is read (`desk`), decided (`deciding`), and shown on GitHub (`showing`).

desk = Desk(deciding=Deciding(…), showing=Showing(…), …)
await desk.turn("owner/name#12", lease)
"""
