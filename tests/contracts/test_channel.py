from collections.abc import Callable, Iterator

import pytest
from pytest_django.fixtures import Settings
from typing_extensions import override

from pipelines.notifications.base import Channel
from pipelines.notifications.email import Email
from pipelines.notifications.webhook import Slack, Webhook
from tests.contracts.channel import SECRET, ChannelContract, Line
from tests.fakes.receivers import HttpReceiver, http_receiver, mail_receiver


class OverHttp(ChannelContract):
    channel: Callable[[str], Channel]

    @pytest.fixture
    @override
    def line(self, settings: Settings) -> Iterator[Line]:
        settings.OUTBOUND_ALLOW = ("127.0.0.1",)
        with http_receiver() as receiver:
            channel = type(self).channel(f"{receiver.url}/{SECRET}")
            yield Line(channel, lambda: got(receiver), lambda: answer(receiver, 503), lambda: answer(receiver, 400))

    @pytest.fixture
    @override
    def dead(self, settings: Settings) -> Channel:
        settings.OUTBOUND_ALLOW = ("127.0.0.1",)
        return type(self).channel(f"http://127.0.0.1:9/{SECRET}")


def got(receiver: HttpReceiver) -> list[bytes]:
    return [repr(taken.headers).encode() + taken.body for taken in receiver.taken]


def answer(receiver: HttpReceiver, status: int) -> None:
    receiver.status = status


class TestWebhook(OverHttp):
    channel = staticmethod(lambda url: Webhook(url, SECRET))


class TestSlack(OverHttp):
    channel = staticmethod(Slack)


class TestEmail(ChannelContract):
    @pytest.fixture
    @override
    def line(self, settings: Settings) -> Iterator[Line]:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        with mail_receiver() as receiver:
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
            yield Line(
                Email(),
                lambda: [mail.as_bytes() for mail in receiver.taken],
                lambda: setattr(receiver, "refusal", "451 later"),
                lambda: setattr(receiver, "refusal", "550 nobody"),
            )

    @pytest.fixture
    @override
    def dead(self, settings: Settings) -> Channel:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        return Email()
