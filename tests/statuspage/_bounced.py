"""Messages as they come to the address of bounces."""

from __future__ import annotations

VERP = "bounces+{token}@example.org"


def dsn(
    token: str = "",
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <ada@example.org>: no such user",
    original: str = "message/rfc822",
    to: str = "bounces@example.org",
) -> bytes:
    """As Postfix writes them."""
    return f"""\
Return-Path: <>
Date: Mon, 7 Dec 2020 21:51:00 +0100 (CET)
From: MAILER-DAEMON@mail.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4ClV6H"

This is a MIME-encapsulated message.

--4ClV6H
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4ClV6H
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
X-Postfix-Queue-ID: 4ClV6H
Arrival-Date: Mon, 7 Dec 2020 21:50:00 +0100 (CET)

Final-Recipient: rfc822; ada@example.org
Original-Recipient: rfc822;ada@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: {diagnostic}

--4ClV6H
Content-Description: Undelivered Message
Content-Type: {original}

From: Comune <stato@example.org>
To: ada@example.org
Message-ID: <abc@example.org>
Avviso-Token: {token}
Subject: Portafoglio

Il Portafoglio.
--4ClV6H--
""".encode()


def complaint(token: str, kind: str = "abuse") -> bytes:
    """As large mailbox providers write them (RFC 5965)."""
    return f"""\
From: <feedback@mailbox.example>
To: <abuse@example.org>
Subject: FW: Portafoglio
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b1"

--b1
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--b1
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1

--b1
Content-Type: text/rfc822-headers

From: <stato@example.org>
Avviso-Token: {token}
Subject: Portafoglio

--b1--
""".encode()


def plain(sender: str, to: str, more: str = "") -> bytes:
    return f"From: {sender}\nTo: {to}\nSubject: hello\n{more}\nText.\n".encode()
