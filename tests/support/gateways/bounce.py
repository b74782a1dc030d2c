"""What a mail server sends back when it could not deliver: RFC 3464, as Postfix writes it."""
import time
import uuid
from email.utils import formatdate

TEMPLATE = """\
Date: {date}
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {sender}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"
Message-Id: <{boundary}@mx.example.net>

This is a MIME-encapsulated message.

--{boundary}
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered to one or more recipients.

<{to}>: host mx.example.net said: {said}

--{boundary}
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: {date}

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; {said}

--{boundary}
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

"""


def bounce(message, status, said):
    """The report of the message, an email.message.EmailMessage as it was taken; status as in "5.1.1"."""
    boundary = "%d.%s/mx" % (time.time(), uuid.uuid4().hex[:8])
    front = TEMPLATE.format(date=formatdate(), sender=message.get("X-Envelope-From") or message["From"], boundary=boundary,
                            to=message.get("X-Envelope-To") or message["To"], said=said, status=status,
                            action={"2": "delivered", "4": "delayed", "5": "failed"}[status[0]])
    headers = message.as_bytes().split(b"\r\n\r\n" if b"\r\n\r\n" in message.as_bytes() else b"\n\n", 1)[0]
    lines = [line for line in headers.splitlines() if not line.lower().startswith((b"x-envelope-", b"x-account:", b"x-tls:"))]
    return front.encode().replace(b"\n", b"\r\n") + b"\r\n".join(lines) + b"\r\n\r\n--%s--\r\n" % boundary.encode()
