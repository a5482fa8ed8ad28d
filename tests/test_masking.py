"""What customers wrote is masked, and by the same rules as the questions in the marts."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from chat_pipeline.home import project_folder
from chat_pipeline.masking import mask


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("mail ada@example.com, please", "mail EMAIL, please"),
        ("call +49 170 123 45 67 now", "call NUMBER now"),
        ("card 4111-1111-1111-1111", "card NUMBER"),
        ("where is #1042?", "where is NUMBER"),
        ("order DE-77A1X is late", "order NUMBER is late"),
        ("see https://shop.example/o?id=1 or www.shop.example", "see LINK or LINK"),
        ("ada＠example.com and ４１１１", "EMAIL and NUMBER"),
        ("4111\u200b1111 ad\u200ba@example.com", "NUMBER EMAIL"),
        ("<b>hello</b>", "<b>hello</b>"),
        ("", ""),
    ],
)
def test_what_would_name_a_customer_is_masked(said: str, shown: str):
    assert mask(said) == shown


def test_known_names_are_masked_as_whole_words_only():
    assert mask("Hi Ann, Anna and ANN!", ["Ann", "", "x"]) == "Hi NAME, Anna and NAME!"
    assert mask("a.b (c) wrote", ["a.b (c)", "O'Neil"]) == "NAME wrote"


@given(st.text())
def test_nothing_with_a_digit_or_an_at_sign_in_a_word_is_left(said: str):
    shown = mask(said)
    assert not re.search(r"\d", shown)
    assert not re.search(r"[^\s,;:<>()]@[^\s,;:<>()]", shown)
    assert mask(shown) == shown


SAID = [
    "Where is order #1042, ada@example.com?",
    "see https://shop.example/a?b=1 (again)",
    "call +49 170 1234567 or 0170/1234567",
    "Wie beim letzten Mal, halt!",
    "x1 2y three",
    "www.shop.example and <ada@example.com>",
]


def test_the_marts_mask_by_the_same_rules():
    """The words of both are equal once case and marks are out."""
    source = (project_folder() / "macros" / "masking.sql").read_text(encoding="utf-8")
    template = Environment().from_string(
        source + "{{ masked_words('said') }}|||{{ plain_words('shown') }}",
        globals={"replace_all": lambda e, p, r: f"regexp_replace({e}, '{p}', '{r}', 'g')"},
    )
    in_marts, plain = template.render().strip().split("|||")
    with duckdb.connect() as con:
        for said in SAID:
            shown = mask(said)
            query = f"select {in_marts}, {plain} from (select ? as said, ? as shown)"
            found = con.execute(query, [said, shown]).fetchone()
            assert found is not None
            theirs, ours = found
            assert theirs.lower() == ours, said
