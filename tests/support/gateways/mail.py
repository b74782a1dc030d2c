"""A real SMTP server with a mailbox, in a process of its own.

    with Mail(folder, starttls=True, accounts={"redress": "secret"}) as mail:
        # smtp://127.0.0.1:mail.port, trust mail.ca_file
        mail.messages()                  # email.message.EmailMessage, in the order in which they came
        mail.mode("rcpt_4xx", times=3)

Each message carries, as headers in front: X-Envelope-From, X-Envelope-To, X-Account, X-Tls.

    python3 -m gateways.mail --maildir DIR --port N        for the demo

Modes: normal; greet_421; sender_4xx; rcpt_4xx, rcpt_5xx (no such user); data_4xx (mailbox full: 452), data_5xx (552);
slow (`ms` before each answer to RCPT and after the data); hang (after the data) and close (after the data, without an answer):
the mail is kept unless `kept` is false. `code` changes the answer, `to` limits it to one address, `times` to so many.
"""
import argparse
import asyncio
import email
import email.policy
import json
import pathlib
import signal
import ssl
import sys
import time

from gateways.bounce import bounce
from gateways.certificate import Certificate
from gateways.process import ModeFile, PythonServer, end_with_stdin, until

RCPT_ANSWERS = {"rcpt_4xx": "450 4.2.1 Try again later", "rcpt_5xx": "550 5.1.1 No such user here"}
DATA_ANSWERS = {"data_4xx": "452 4.2.2 Mailbox full", "data_5xx": "552 5.3.4 Message too big for system"}
# Which command a mode is for: it must not be used up by another.
AT_DATA = ("hang", "close", *DATA_ANSWERS)


class Maildir:
    """Files in new/, named so that their order is that of their coming."""

    def __init__(self, folder):
        self.folder, self.count = pathlib.Path(folder), 0
        for name in ("tmp", "new", "cur"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def add(self, content):
        self.count += 1
        name = "%d.%06d.redress" % (time.time_ns(), self.count)
        (self.folder / "tmp" / name).write_bytes(content)
        (self.folder / "tmp" / name).rename(self.folder / "new" / name)

    def files(self):
        return sorted([*(self.folder / "new").iterdir(), *(self.folder / "cur").iterdir()], key=lambda path: path.name)

    def messages(self):
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in self.files()]


class Handler:
    """What aiosmtpd asks for each command."""

    def __init__(self, maildir, mode):
        self.maildir, self.mode = maildir, mode

    async def handle_MAIL(self, _server, session, envelope, address, options):
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        if self.peek("sender_4xx"):
            return self.mode.for_message(None).get("code", "451 4.3.0 Try again later")
        return "250 OK"

    def peek(self, *names):
        """Is one of these set? Without counting it as used."""
        return self.mode.peek()["name"] in names

    async def handle_RCPT(self, _server, _session, envelope, address, options):
        mode = {"name": "normal"} if self.peek(*AT_DATA) else self.mode.for_message(address)
        if mode["name"] == "slow":
            await asyncio.sleep(mode["ms"] / 1000)
        if mode["name"] in RCPT_ANSWERS:
            return mode.get("code", RCPT_ANSWERS[mode["name"]])
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mode = self.mode.for_message(envelope.rcpt_tos[0]) if self.peek(*AT_DATA) else self.mode.peek()
        if mode["name"] in DATA_ANSWERS:
            return mode.get("code", DATA_ANSWERS[mode["name"]])
        if mode.get("kept", True):
            self.keep(session, envelope)
        if mode["name"] == "slow":
            await asyncio.sleep(mode["ms"] / 1000)
        if mode["name"] == "hang":
            await asyncio.Event().wait()
        if mode["name"] == "close":
            server.transport.abort()
        return "250 2.0.0 OK: queued"

    def keep(self, session, envelope):
        account = session.auth_data.login.decode() if getattr(session, "auth_data", None) else ""
        front = "X-Envelope-From: %s\r\nX-Envelope-To: %s\r\nX-Account: %s\r\nX-Tls: %s\r\n" % (
            envelope.mail_from, ", ".join(envelope.rcpt_tos), account, "yes" if session.ssl else "no")
        self.maildir.add(front.encode() + envelope.original_content)


def protocol_factory(arguments, handler, mode):
    """Makes the server's side of each connection."""
    # Here, since only the server needs the package.
    from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

    accounts = json.loads(arguments.accounts)
    context = None
    if arguments.starttls:
        made = Certificate(arguments.starttls)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(made.file, made.key_file)

    def authenticate(_server, _session, _envelope, _mechanism, data):
        right = isinstance(data, LoginPassword) and accounts.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=right, handled=False, auth_data=data)

    class Server(SMTP):
        """As aiosmtpd's, but it can refuse to speak at all."""

        async def push(self, status):
            if isinstance(status, str) and status.startswith("220 ") and self.session and not self.session.host_name \
                    and mode.peek()["name"] == "greet_421":
                await super().push(mode.for_message(None).get("code", "421 4.3.2 Service not available"))
                self.transport.close()
                return
            await super().push(status)

    return lambda: Server(handler, hostname="localhost", ident="Redress test", tls_context=context, enable_SMTPUTF8=True,
                          require_starttls=bool(context) and arguments.require_tls, authenticator=authenticate,
                          auth_required=bool(accounts), auth_require_tls=bool(context), timeout=300)


async def serve(arguments):
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    mode = ModeFile(pathlib.Path(arguments.maildir).parent / "mode")
    factory = protocol_factory(arguments, Handler(Maildir(arguments.maildir), mode), mode)
    server = await loop.create_server(factory, "127.0.0.1", arguments.port, backlog=1024)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    if arguments.until_stdin_ends:
        end_with_stdin(loop, ended.set)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}))
    sys.stdout.flush()
    await ended.wait()


class Mail:
    def __init__(self, folder, starttls=False, require_tls=False, accounts=None):
        self.folder = pathlib.Path(folder).resolve()
        self.maildir = Maildir(self.folder / "Maildir")
        self.accounts, self.ca_file, self.port = accounts or {}, None, 0
        self.arguments = ["--maildir", self.maildir.folder, "--accounts", json.dumps(self.accounts)]
        if starttls or require_tls:
            self.ca_file = Certificate(self.folder / "tls").ca_file
            self.arguments += ["--starttls", self.folder / "tls"] + (["--require-tls"] if require_tls else [])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Also after stop or kill: on the same port, with the same mailbox."""
        self.server = PythonServer("mail", self.folder, "--port", self.port, *self.arguments)
        self.port = self.server.start()["port"]
        self.url = "smtp://127.0.0.1:%d" % self.port

    def stop(self):
        self.server.stop()

    def kill(self):
        self.server.kill()

    def mode(self, name, **options):
        ModeFile(self.folder / "mode").write(name, **options)

    def messages(self):
        return self.maildir.messages()

    def bounce(self, message, status="5.1.1", said="550 5.1.1 No such user here"):
        """Puts a report about one of the messages into the mailbox, as if another server could not deliver it: the mailbox is
        that of the recipients and that of the sender, too."""
        self.maildir.add(bounce(message, status, said))

    def wait_messages(self, count, seconds=20):
        until(lambda: len(self.maildir.files()) >= count, "%d mails" % count, seconds)
        return self.messages()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--maildir", required=True)
    parser.add_argument("--starttls", metavar="FOLDER", help="offer it, with the certificate in the folder or a new one")
    parser.add_argument("--require-tls", action="store_true")
    parser.add_argument("--accounts", default="{}", help='JSON: {"user": "password"}; with accounts AUTH is required')
    parser.add_argument("--until-stdin-ends", action="store_true")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
