"""What every channel promises. An adapter's test class provides the fixtures."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from devops_platform.errors import Denied, Unavailable
from pipelines.notifications.base import EXCERPT, Channel, Message

SECRET = "T0P-SECRET"
MESSAGE = Message("0d9c1f", "api #12: Failed", "Check failed\nand so on", {"version": 1, "text": "Check failed"})


@dataclass(frozen=True)
class Line:
    """A channel, what its receiver has got so far, and how to make the receiver answer otherwise."""

    channel: Channel
    got: Callable[[], list[bytes]]
    later: Callable[[], None]
    never: Callable[[], None]


class ChannelContract:
    @pytest.fixture
    def line(self) -> Line:
        """A channel to a receiver that takes everything; its secrets hold ``SECRET``."""
        raise NotImplementedError

    @pytest.fixture
    def dead(self) -> Channel:
        """A channel to a receiver that is not there."""
        raise NotImplementedError

    def test_a_message_arrives_with_its_text_and_delivery_id(self, line: Line) -> None:
        assert 0 < len(line.channel.send(MESSAGE, "dev@example.org")) <= EXCERPT + 1
        [got] = line.got()
        assert b"Check failed" in got
        assert MESSAGE.delivery.encode() in got

    def test_a_receiver_that_cannot_now_is_unavailable(self, line: Line) -> None:
        line.later()
        with pytest.raises(Unavailable) as caught:
            line.channel.send(MESSAGE, "dev@example.org")
        assert SECRET not in str(caught.value)

    def test_a_receiver_that_refuses_needs_a_person(self, line: Line) -> None:
        line.never()
        with pytest.raises(Denied) as caught:
            line.channel.send(MESSAGE, "dev@example.org")
        assert SECRET not in str(caught.value)

    def test_a_receiver_that_is_not_there_is_unavailable(self, dead: Channel) -> None:
        with pytest.raises(Unavailable) as caught:
            dead.send(MESSAGE, "dev@example.org")
        assert SECRET not in str(caught.value)

    def test_a_channel_shows_no_secret(self, line: Line) -> None:
        assert SECRET not in repr(line.channel)
