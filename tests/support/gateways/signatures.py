"""The providers' signatures, written from their documentation and checked with their published examples
(tests/contract/gateway_simulator_test.py): a second opinion on what services/notification does in C."""
import base64
import calendar
import hashlib
import hmac
import re
import time
import urllib.parse


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def hmac_sha256(key, data):
    return hmac.new(key, data, hashlib.sha256)


def same(a, b):
    return hmac.compare_digest(a.encode(), b.encode())


def canonical_headers(headers, names):
    return "".join("%s:%s\n" % (name, headers.get(name, "").strip()) for name in names)


def percent(text):
    """As RFC 3986 has it: everything but letters, digits and -_.~"""
    return urllib.parse.quote(text, safe="-_.~")


# ---- Alibaba Cloud: ACS3-HMAC-SHA256 ------------------------------------------------------------------------------

ACS3 = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$")


def acs3(secret, method, path, query, headers, signed, body_hash):
    """The signature; `query` as a dict, headers by small names."""
    pairs = "&".join("%s=%s" % (percent(k), percent(v)) for k, v in sorted(query.items()))
    request = "\n".join((method, path, pairs, canonical_headers(headers, signed), ";".join(signed), body_hash))
    return hmac_sha256(secret.encode(), ("ACS3-HMAC-SHA256\n" + sha256(request.encode())).encode()).hexdigest()


def acs3_problem(keys, request, now=None):
    """What the provider would answer, as (HTTP status, code, why), or None. `keys` is {id: secret}."""
    h, found = request.headers, ACS3.match(request.headers.get("authorization", ""))
    if not found:
        return 400, "IncompleteSignature", "Authorization is missing or has another form"
    key_id, names, signature = found[1], found[2].split(";"), found[3]
    if key_id not in keys:
        return 404, "InvalidAccessKeyId.NotFound", "no such AccessKeyId"
    must = {"host"} | {name for name in h if name.startswith("x-acs-")} | ({"content-type"} & set(h))
    if missing := must - set(names):
        return 400, "IncompleteSignature", "not signed: " + ", ".join(sorted(missing))
    if names != sorted(names):
        return 400, "IncompleteSignature", "SignedHeaders are not in order"
    if h.get("x-acs-content-sha256") != sha256(request.body):
        return 400, "SignatureDoesNotMatch", "x-acs-content-sha256 is not that of the body"
    try:
        at = calendar.timegm(time.strptime(h.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return 400, "InvalidTimeStamp.Format", "x-acs-date"
    if abs((now or time.time()) - at) > 900:
        return 400, "InvalidTimeStamp.Expired", "x-acs-date is more than 15 minutes off"
    if not h.get("x-acs-signature-nonce"):
        return 400, "MissingSignatureNonce", "x-acs-signature-nonce"
    if not same(signature, acs3(keys[key_id], request.method, request.path, request.params, h, names, sha256(request.body))):
        return 400, "SignatureDoesNotMatch", "the signature is another one"
    return None


# ---- Tencent Cloud: TC3-HMAC-SHA256 -------------------------------------------------------------------------------

TC3 = re.compile(r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/([^/]+)/tc3_request, ?SignedHeaders=([^,]+), ?"
                 r"Signature=([0-9a-f]{64})$")


def tc3(secret, service, timestamp, method, query, headers, signed, body):
    """The signature. Values of headers count in small letters."""
    small = {name: value.lower() for name, value in headers.items()}
    date = time.strftime("%Y-%m-%d", time.gmtime(timestamp))
    request = "\n".join((method, "/", query, canonical_headers(small, signed), ";".join(signed), sha256(body)))
    text = "\n".join(("TC3-HMAC-SHA256", str(timestamp), "%s/%s/tc3_request" % (date, service), sha256(request.encode())))
    key = ("TC3" + secret).encode()
    for step in (date, service, "tc3_request"):
        key = hmac_sha256(key, step.encode()).digest()
    return hmac_sha256(key, text.encode()).hexdigest()


def tc3_problem(keys, service, request, now=None):
    """(code, why) or None."""
    h, found = request.headers, TC3.match(request.headers.get("authorization", ""))
    if not found:
        return "AuthFailure.InvalidAuthorization", "Authorization is missing or has another form"
    key_id, date, named, names, signature = found[1], found[2], found[3], found[4].split(";"), found[5]
    if key_id not in keys:
        return "AuthFailure.SecretIdNotFound", "no such SecretId"
    timestamp = h.get("x-tc-timestamp", "")
    if not timestamp.isdigit() or abs((now or time.time()) - int(timestamp)) > 300:
        return "AuthFailure.SignatureExpire", "X-TC-Timestamp is more than five minutes off"
    if date != time.strftime("%Y-%m-%d", time.gmtime(int(timestamp))) or named != service:
        return "AuthFailure.SignatureFailure", "date or service of the credential"
    if not {"content-type", "host"} <= set(names) or names != sorted(names):
        return "AuthFailure.SignatureFailure", "SignedHeaders"
    right = tc3(keys[key_id], service, int(timestamp), request.method, request.query, h, names, request.body)
    return None if same(signature, right) else ("AuthFailure.SignatureFailure", "the signature is another one")


# ---- the others ---------------------------------------------------------------------------------------------------

def twilio(token, url, fields):
    """X-Twilio-Signature of a request that Twilio makes: over the whole URL and the sorted fields of the form."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def dingtalk(secret, timestamp_ms):
    """`sign` of a robot with a secret, before URL encoding."""
    return base64.b64encode(hmac_sha256(secret.encode(), ("%s\n%s" % (timestamp_ms, secret)).encode()).digest()).decode()


def wechat(token, timestamp, nonce):
    """`signature` of what an official account's server is told."""
    return hashlib.sha1("".join(sorted((token, timestamp, nonce))).encode()).hexdigest()


REDRESS = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})$")


def redress(secret, timestamp, body):
    """v1 of Redress-Signature."""
    return hmac_sha256(secret.encode(), b"%d." % timestamp + body).hexdigest()


def redress_problem(secret, request, now=None):
    """Why a webhook's receiver does not believe it, or None."""
    found = REDRESS.match(request.headers.get("redress-signature", ""))
    if not found:
        return "Redress-Signature is missing or has another form"
    if abs((now or time.time()) - int(found[1])) > 300:
        return "t is more than five minutes off"
    return None if same(found[2], redress(secret, int(found[1]), request.body)) else "v1 is another one"
