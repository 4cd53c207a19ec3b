"""Everything that can happen in the sandbox, with the webhooks that it causes.

An act does not ask who may: the API does, and the pages go through the API.
"""
