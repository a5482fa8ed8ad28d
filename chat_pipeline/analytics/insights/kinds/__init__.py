"""A module per kind of finding, each with one `KIND`."""
