"""A certificate authority for one test, and a server's certificate from it for 127.0.0.1 and localhost, made by openssl."""
import pathlib
import subprocess

from gateways.process import tool

NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Certificate:
    """`ca_file` is what a client must trust; `file` and `key_file` are the server's."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_file, self.file, self.key_file = (str(folder / name) for name in ("ca.pem", "server.pem", "server.key"))
        if pathlib.Path(self.file).exists():
            return
        ca_key, request, names = (str(folder / name) for name in ("ca.key", "server.csr", "names"))
        pathlib.Path(names).write_text(NAMES, encoding="ascii")
        self.openssl("req", "-x509", *CURVE, "-days", "30", "-subj", "/CN=Redress test CA", "-keyout", ca_key,
                     "-out", self.ca_file)
        self.openssl("req", *CURVE, "-subj", "/CN=localhost", "-keyout", self.key_file, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", ca_key, "-CAcreateserial", "-days", "30",
                     "-extfile", names, "-out", self.file)

    @staticmethod
    def openssl(*arguments):
        done = subprocess.run([tool("openssl"), *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("openssl %s: %s" % (arguments[0], done.stderr[-500:]))
