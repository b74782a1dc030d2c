"""Gateways to send through, for tests and the demo. Real ones: Kannel with an SMSC behind it (kannel.py, smsc.py), an SMTP
server with a mailbox (mail.py) and IMAP in front of it (imap.py). Simulated: the clouds (cloud.py). Each runs in processes of
its own and shows what reached it: the proof that nothing was sent twice."""
