"""What the commands of who runs the bot do, one file each; `hub` is GitHub for those that act as people.

for thing in set_up(open_repository(settings, "owner/name"), labels, form, dry_run=True): …
"""
