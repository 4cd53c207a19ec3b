"""The only room that talks to GitHub: reads what it sends, looks up what it knows, brings it what is wanted.

Facts about GitHub that shaped this room are in its modules, each where it matters.

    async with GitHub(app_id="12", private_key=key) as gh:
        signal = webhook.read_signal(event, payload, delivery, repositories, received_at)
        known = await Look(gh, "canada-ca/micro-acquisition").look(needs)
        changes = await bring(gh, "canada-ca/micro-acquisition", 12, wanted, shown, save, now)
"""
