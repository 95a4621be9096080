"""E-mail over SMTP (RFC 5321), with STARTTLS or TLS from the start."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from integrations.lms import LmsRefused, LmsUnavailable

TIMEOUT_S = 15
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def send(
    server_url: str, *, sender: str, to: str, subject: str, text: str, message_id: str
) -> None:
    """Send one message through `server_url` (`smtp+starttls://user:password@host:587`).

    `message_id` is the same for the same message, so that a mailbox may show a second copy as one.
    Raises `LmsError`: `unauthorized`, `invalid` (the address), or unavailable.
    """
    server = urlsplit(server_url)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = message_id
    message.set_content(text)
    try:
        with _opened(server.scheme, server.hostname or "", server.port) as connection:
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            connection.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise LmsRefused("unauthorized") from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        # 4yz is for now, 5yz for good (RFC 5321 §4.2.1).
        if all(code < 500 for code in codes):
            raise LmsUnavailable("server_error", str(codes)) from error
        raise LmsRefused("invalid") from error
    except TimeoutError as error:
        raise LmsUnavailable("timeout") from error
    except (OSError, smtplib.SMTPException) as error:
        raise LmsUnavailable("lost_connection", type(error).__name__) from error


def _opened(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    at = port or PORTS[scheme]
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, at, timeout=TIMEOUT_S, context=ssl.create_default_context())
    connection = smtplib.SMTP(host, at, timeout=TIMEOUT_S)
    if scheme == "smtp+starttls":
        connection.starttls(context=ssl.create_default_context())
    return connection
