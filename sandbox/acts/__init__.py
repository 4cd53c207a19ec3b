"""What can happen in the box, each with the webhooks it causes.

An act does not ask who may: the API does, and the pages go through the API.
"""
