"""Subscribers: who asked to be told, what they chose, and how far each list has been walked.

Their data stands in no event and in no log: the trail stays while a person is erased.
"""
