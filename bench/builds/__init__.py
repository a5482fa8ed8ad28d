"""How long whole builds take, at sizes of up to a million conversations: `make bench-builds`.

A made-up shop's exports of all sources are written by DuckDB alone, synced by the product in a process of its
own, and the same files go through a bare copy and one script by hand (`by_hand.sql`). Results of each part are
kept in a file beside the homes, so that a run that was ended goes on where it was.
"""
