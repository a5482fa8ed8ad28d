"""What the published numbers of a demo shop should be, worked out in plain Python from its truth.

Nothing here reads our SQL or marts, except to learn which published row is which conversation, how far each source
has come, and (`whole`) where identity is known to be imperfect. What an export can't show is left out by name.
"""
