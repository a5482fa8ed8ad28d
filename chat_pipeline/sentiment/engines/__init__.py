"""The engines, found by listing this folder: each module offers `ENGINE` of its name. Nothing else lives here."""
