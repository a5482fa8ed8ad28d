"""Why a customer is one person: the file and row told are really those of the record, and no value is shown."""

from __future__ import annotations

import gzip
import json

import duckdb
from typer.testing import CliRunner

from chat_pipeline.cli import app
from chat_pipeline.home import Home
from chat_pipeline.identity_proofs import proofs
from chat_pipeline.settings import load_settings


def edges(home: Home, limit: int) -> dict[str, list[tuple]]:
    """(platform, record, identifier, its type) by customer, of those with most sources."""
    with duckdb.connect(str(home.published), read_only=True) as con:
        rows = con.execute(
            "select customer_key, platform, proof_record_id, identifier_value, identifier_type"
            " from marts.customer_identities where customer_key in (select customer_key from marts.customer_identities"
            " group by all order by count(distinct platform) desc, customer_key limit $limit)"
            " order by since_at nulls last, platform, instance, identifier_type, identifier_value",
            {"limit": limit},
        ).fetchall()
    found: dict[str, list[tuple]] = {}
    for key, *edge in rows:
        found.setdefault(key, []).append(tuple(edge))
    return found


def test_every_identifier_has_its_record_with_file_and_row(demo_home_once: Home) -> None:
    settings = load_settings(demo_home_once.settings_file)
    read = 0
    for key, told in edges(demo_home_once, 1).items():
        found = proofs(demo_home_once, settings, key)
        assert [(proof.platform, proof.identifier_type) for proof in found] == [
            (platform, kind) for platform, _, _, kind in told
        ]
        for proof, (platform, record, value, kind) in zip(found, told, strict=True):
            assert proof.file
            assert proof.row
            name = proof.file.removesuffix(".gz")
            path = demo_home_once.exports / platform / proof.file
            if not name.endswith(".jsonl") or not path.is_file():
                continue
            plain = gzip.open if proof.file.endswith(".gz") else open
            with plain(path, "rt", encoding="utf-8") as file:
                line = file.readlines()[proof.row - 1]
            assert record in line
            # In which browser a chat was held web events may say; what is compared is written in lower case.
            assert value in line.lower() or value in line or kind in ("ga_client_id", "phone")
            json.loads(line)
            read += 1
    assert read > 3


def test_the_command_tells_rules_files_and_rows_and_no_value(demo_home_once: Home) -> None:
    (key, told), *_ = edges(demo_home_once, 1).items()
    told_by = CliRunner().invoke(app, ["--home", str(demo_home_once.root), "explain", key])
    assert told_by.exit_code == 0
    assert "crm_person with" in told_by.stdout
    assert "strong" in told_by.stdout
    for _, record, value, _ in told:
        assert value not in told_by.stdout
        assert record not in told_by.stdout


def test_a_key_that_nobody_has(demo_home_once: Home) -> None:
    told = CliRunner().invoke(app, ["--home", str(demo_home_once.root), "explain", "nobody"])
    assert told.exit_code != 0
    assert "customer_merges" in told.output
