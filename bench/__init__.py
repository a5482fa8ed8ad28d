"""How fast exports become raw, against a bare DuckDB copy of the same files: `make bench`.

Not part of the package: it generates files, reads them through `extract_source` and through DuckDB
alone, and writes the part between the markers of docs/performance.md.
"""
