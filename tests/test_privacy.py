"""Where a person appears: the identifier in all its forms, what is linked to it, and nobody else."""

from __future__ import annotations

import gzip
import io
import json
import re

import duckdb
import pytest
from typer.testing import CliRunner

from chat_pipeline.backup import make_backup
from chat_pipeline.cli import app
from chat_pipeline.home import Home
from chat_pipeline.privacy import find
from chat_pipeline.privacy.files import CHUNK, count, in_exports
from chat_pipeline.privacy.patterns import Patterns, patterns
from chat_pipeline.privacy.person import Identifier, Person, find_person
from chat_pipeline.settings import Settings, load_settings


def looked_for(*given: tuple[str, str], linked: tuple[tuple[str, str, str], ...] = ()) -> Patterns:
    person = Person(
        tuple(Identifier(kind, "", value) for kind, value in given),
        tuple(Identifier(*entry) for entry in linked),
    )
    return patterns(person, "49")


@pytest.mark.parametrize(
    ("typed", "forms"),
    [
        (" Ada@Shop.TEST ", {("", "Ada@Shop.TEST"), ("email", "ada@shop.test")}),
        ("0171 123 45-67", {("", "0171 123 45-67"), ("phone", "+491711234567")}),
        ("GA1.2.123456.789", {("", "GA1.2.123456.789"), ("ga_client_id", "123456.789")}),
        ("user-1234567", {("", "user-1234567")}),
    ],
)
def test_it_is_normalised_by_the_rule_of_the_models(home: Home, settings: Settings, typed: str, forms: set):
    found = {(entry.kind, entry.value) for entry in find_person(home, settings, typed).given}
    assert found == forms


@pytest.mark.parametrize("engine", ["python", "duckdb"])
@pytest.mark.parametrize(
    ("kind", "value", "hits", "misses"),
    [
        (
            "email",
            "ada@shop.test",
            [
                "ADA@shop.test",
                "mailto:ada@shop.test?x",
                "?e=%3Dada%40shop.test&",
                '"\\nada\\u0040shop.test"',
                "<ada@shop.test>.",
            ],
            ["canada@shop.test", "x.ada@shop.test", "ada@shop.tests", "ada@shopxtest"],
        ),
        (
            "phone",
            "+491711234567",
            [
                "0171 123 45 67",
                "+49 (0) 171/1234567",
                "0049-171-1234567",
                "+491711234567",
                "(0171) 1234567",
                "%2b491711234567",
            ],
            ["01711234568", "901711234567", "0171123456", "017112345678"],
        ),
        ("phone", "+12125550100", ["+1 212-555-0100", "0012125550100"], ["+1 212-555-0101"]),
        ("user_id", "user+12.x", ["user+12.x", "user%2b12.x"], ["user+12zx", "auser+12.x"]),
    ],
)
def test_it_counts_only_where_it_stands_for_itself(engine: str, kind: str, value: str, hits, misses):
    pattern = looked_for((kind, value)).given.pattern

    def is_in(text: str) -> bool:
        if engine == "python":
            # The quick look before must not miss what the pattern finds.
            hit = bool(re.search(pattern, text))
            assert count(io.BytesIO(text.encode()), looked_for((kind, value))) == (int(hit), 0)
            return hit
        with duckdb.connect() as con:
            return con.execute("select regexp_matches(?, ?)", [text, pattern]).fetchone() == (True,)

    assert [text for text in hits if not is_in(text)] == []
    assert [text for text in misses if is_in(text)] == []


def test_mentions_across_the_pieces_of_a_large_file_are_counted_once():
    words = [b"x" * (CHUNK - 20), b" ada@shop.test ", b"y" * (CHUNK - 5000), b" ada@shop.test "]
    assert count(io.BytesIO(b"".join(words)), looked_for(("email", "ada@shop.test"))) == (2, 0)


def test_exports_are_looked_into_packed_or_not(home: Home):
    folder = home.exports / "rasa"
    folder.mkdir(parents=True)
    text = json.dumps({"text": "I am ada@shop.test"}).encode()
    (folder / "plain.jsonl").write_bytes(text * 2)
    (folder / "packed.jsonl.gz").write_bytes(gzip.compress(text))
    (folder / "wide.csv").write_bytes("name,mail\nAda,ada@shop.test\n".encode("utf-16"))
    (folder / "none.jsonl").write_bytes(b"{}")
    with duckdb.connect() as con:
        con.execute(
            "create table t as select unnest(['ada@shop.test', 'bob@shop.test', 'Ada@Shop.test']) as mail"
        )
        con.execute(f"copy t to '{folder / 'table.parquet'}' (format parquet)")
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["ada@shop.test"])
    book.save(folder / "book.xlsx")
    found = {
        path.removeprefix("rasa/"): rows[0]
        for path, rows in in_exports(home, looked_for(("email", "ada@shop.test"))).items()
    }
    expected = {
        "plain.jsonl": 2,
        "packed.jsonl.gz": 1,
        "wide.csv": 1,
        "none.jsonl": 0,
        "table.parquet": 2,
        "book.xlsx": 1,
    }
    assert found == expected


@pytest.mark.slow
def test_a_customer_of_the_demo_is_found_everywhere_with_what_is_linked(demo_home: Home, tmp_path):
    with duckdb.connect(str(demo_home.published), read_only=True) as con:
        email, key = con.execute("""
            select any_value(identifier_value order by identifier_value) filter (identifier_type = 'email'), customer_key
            from marts.customer_identities
            group by customer_key
            having count(distinct platform) >= 3 and count(*) filter (identifier_type = 'email') > 0
            order by customer_key limit 1
        """).fetchall()[0]
        conversations = con.execute(
            "select count(*) from marts.fct_conversations where customer_key = ?", [key]
        ).fetchall()[0][0]
    make_backup(demo_home, tmp_path / "kept.tar")
    (demo_home.logs / "mine.log").write_text(f"wrote to {email.upper()}")
    report = find(demo_home, load_settings(demo_home.settings_file), f" {email.upper()} ")
    assert key in report.person.keys
    rows = {(found.place, found.what): found.given + found.linked for found in report.found}
    assert rows["build.duckdb", "marts.fct_conversations"] == conversations > 0
    assert rows["build.duckdb", "marts.dim_customers"] >= 1
    places = {found.place.split(" ")[0] for found in report.found}
    assert {"exports", "raw", "raw/_state", "build.duckdb", "warehouse.duckdb", "other", "backup"} <= places
    assert rows["other files", "logs/mine.log"] == 1
    # Nothing but counts and places is told: neither the values of linked identifiers nor texts.
    done = CliRunner().invoke(app, ["--home", str(demo_home.root), "privacy", "find", email])
    assert done.exit_code == 0
    assert [
        entry.value for entry in report.person.linked if len(entry.value) > 6 and entry.value in done.stdout
    ] == []


def test_somebody_unknown_is_nowhere(demo_home_once: Home):
    done = CliRunner().invoke(
        app, ["--home", str(demo_home_once.root), "privacy", "find", "nobody@nowhere.example"]
    )
    assert done.exit_code == 1
    assert "appears nowhere" in done.stdout
    done = CliRunner().invoke(app, ["--home", str(demo_home_once.root), "privacy", "find", "4"])
    assert done.exit_code == 1
    assert "at least" in done.stderr
