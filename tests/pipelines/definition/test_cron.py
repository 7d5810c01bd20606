import pytest

from pipelines.definition.cron import BadCron, check


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "0 2 * * *",
        "*/15 0-6,22-23 * * MON-FRI",
        "5/10 * 1,15 jan-jun/2 *",
        "0 0 29 2 *",
        "0 0 31 2 mon",
        "0 0 * * 7",
        "  0  2 * * * ",
    ],
)
def test_schedules(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("* * * *", id="four fields"),
        pytest.param("* * * * * *", id="six fields"),
        pytest.param("@daily", id="a nickname"),
        pytest.param("60 * * * *", id="minute 60"),
        pytest.param("* 24 * * *", id="hour 24"),
        pytest.param("* * 0 * *", id="day 0"),
        pytest.param("* * * 13 *", id="month 13"),
        pytest.param("* * * * 8", id="weekday 8"),
        pytest.param("*/0 * * * *", id="every none"),
        pytest.param("5-1 * * * *", id="a range backwards"),
        pytest.param("* * * mon *", id="a weekday as month"),
        pytest.param("1,,2 * * * *", id="an empty item"),
        pytest.param("٣ * * * *", id="digits of another alphabet"),
        pytest.param("0 0 30 2 *", id="a day that February never has"),
    ],
)
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(BadCron):
        check(text)
