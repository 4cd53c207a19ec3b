"""The commands of the operator: each module declares the click command, or the group, of its name.

`options` holds what several commands share, and `hub` is GitHub for the commands that act as a person.
"""
