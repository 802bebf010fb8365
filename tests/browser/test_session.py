"""A whole session at one figure, without a browser: here because it takes a minute or two."""

from live.test_endurance import growth


def test_ten_thousand_moves_leave_nothing_behind():
    assert max(growth(10_000)) < 10  # megabytes: Python's, and in all
