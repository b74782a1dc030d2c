"""A real IMAP server (Dovecot) in front of the mailbox of mail.py, for bounces to be read from.

    with Imap(folder) as imap:                  # the folder of the Mail
        # imap://127.0.0.1:imap.port, imap.user, imap.password; imaps at imap.tls_port, trust imap.ca_file
        with imap.client() as client: ...       # imaplib, logged in

A Dovecot of its own: no system service, no system account's mail, everything below the folder.
"""
import contextlib
import getpass
import grp
import imaplib
import os
import pathlib
import shutil
import tempfile

from gateways.certificate import Certificate
from gateways.process import Child, free_ports, tool

USER, PASSWORD = "bounces", "imap-test"
OWNER = "nobody"  # of the mailbox where root runs this: Dovecot refuses to read mail as root

CONFIG = """\
protocols = imap
listen = 127.0.0.1
base_dir = {run}
state_dir = {folder}/state
log_path = {folder}/dovecot-details.log
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{maildir}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


class Imap:
    user, password = USER, PASSWORD

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve() / "imap"
        self.maildir = self.folder.parent / "Maildir"
        self.folder.mkdir(parents=True, exist_ok=True)
        # Its sockets: their names may have 108 characters, and a test's folder lies deep.
        self.run = pathlib.Path(tempfile.mkdtemp(prefix="imap.", dir="/tmp"))
        self.run.chmod(0o755)
        self.port, self.tls_port = free_ports(2)
        self.ca_file = Certificate(self.folder.parent / "tls").ca_file
        (self.folder / "dovecot.conf").write_text(self.configuration(), encoding="utf-8")
        self.server = Child("dovecot", [tool("dovecot"), "-F", "-c", self.folder / "dovecot.conf"], self.folder)

    def configuration(self):
        tls = self.folder.parent / "tls"
        if os.geteuid() == 0:
            self.give_away()
            who = {"internal": "dovecot", "login": "dovenull", "group": "dovecot", "owner": OWNER, "owner_group": "nogroup"}
        else:
            me, mine = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
            who = {"internal": me, "login": me, "group": mine, "owner": os.getuid(), "owner_group": os.getgid()}
        return CONFIG.format(folder=self.folder, run=self.run, certificate=tls / "server.pem", key=tls / "server.key", maildir=self.maildir,
                             password=PASSWORD, port=self.port, tls_port=self.tls_port, **who)

    def give_away(self):
        """Root's folders to a user who may read mail. What comes later is put in by root, and can still be moved: the folders
        count for that."""
        self.folder.parent.chmod(0o711)
        self.folder.chmod(0o711)
        for path in (self.maildir, *self.maildir.rglob("*")):
            shutil.chown(path, OWNER, "nogroup")

    def __enter__(self):
        self.server.start()
        try:
            self.server.wait_port(self.port)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.stop()
        shutil.rmtree(self.run, ignore_errors=True)

    @contextlib.contextmanager
    def client(self):
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        try:
            client.login(USER, PASSWORD)
            yield client
        finally:
            client.logout()
