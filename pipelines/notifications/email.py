"""Messages by e-mail, through the one mail server that the operator has configured."""

import smtplib
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from devops_platform.errors import Denied, Unavailable, Unsupported
from pipelines.notifications.base import Message

MOST = 20  # addresses of one message


@dataclass(frozen=True, slots=True)
class Email:
    """Sends plain text to the recipient, or to ``to`` when there is none; several addresses have commas between."""

    to: str = ""

    def send(self, message: Message, recipient: str) -> str:
        if not settings.EMAIL_HOST:
            raise Unsupported(_("No mail server is configured; the operator sets EMAIL_HOST."))
        to = addresses(recipient or self.to)
        headers = {"Message-ID": f"<{message.delivery}@{_domain()}>", "Auto-Submitted": "auto-generated"}
        mail = EmailMessage(message.subject, message.text, settings.DEFAULT_FROM_EMAIL, list(to), headers=headers)
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(max(code for code, _text in error.recipients.values())) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(_("The mail server cannot be reached.")) from error
        return _("taken by the mail server")


def addresses(text: str) -> tuple[str, ...]:
    """The addresses in ``text``. Raises Denied, naming one that is none."""
    found = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not 1 <= len(found) <= MOST:
        raise Denied(_("A message goes to 1 to %(most)d e-mail addresses.") % {"most": MOST})
    for address in found:
        try:
            validate_email(address)
        except ValidationError as error:
            raise Denied(_("%(address)r is not an e-mail address.") % {"address": address[:100]}) from error
    return found


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"


def _refusal(code: int) -> Denied | Unavailable:
    """Source: https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1 (4yz passes, 5yz stays)."""
    if 400 <= code < 500:
        return Unavailable(_("The mail server answered %(code)d: not now.") % {"code": code})
    return Denied(_("The mail server answered %(code)d: it refuses the sender or the recipient.") % {"code": code})
