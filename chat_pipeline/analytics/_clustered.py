"""Shares with intervals clustered by person, as SQL: sums per person first, then n / deff."""

from __future__ import annotations


def cluster_sums(numerator: str, denominator: str) -> str:
    """Select list over rows that hold a person's sums: persons, xx, xm, mm, whole numbers all.

    Sums of fractions would depend on their order.
    """
    return (
        f"sum(case when {denominator} > 0 then 1 else 0 end) as persons,"
        f" sum({numerator} * {numerator}) as xx, sum({numerator} * {denominator}) as xm,"
        f" sum({denominator} * {denominator}) as mm"
    )


def units_alike(ratio: str, denominator: str, prefix: str = "") -> str:
    """n / deff, the number of independent units that the share is worth.

    deff = variance of the ratio linearised by person over the binomial one, at least 1. A share of 0 or 1 and a
    single person have no variance to compare: n is the number of persons then.
    """
    persons, xx, xm, mm = (f"{prefix}{name}" for name in ("persons", "xx", "xm", "mm"))
    return f"""case
        when {ratio} <= 0 or {ratio} >= 1 or {persons} <= 1 then cast({persons} as double)
        else {denominator} / greatest(
            1.0,
            (cast({xx} as double) - 2 * {ratio} * cast({xm} as double) + {ratio} * {ratio} * cast({mm} as double))
            / nullif({denominator} * {ratio} * (1 - {ratio}), 0)
        )
    end"""
