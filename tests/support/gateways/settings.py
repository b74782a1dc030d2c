"""What stands in a tenant's notification file so that Redress sends through these gateways: the members `kind` and `settings` of
an entry of `gateways`, with the secrets in files.

    of_cloud(cloud, "aliyun", folder)      {"kind": "aliyun", "settings": {"endpoint": .., "access_key_secret_file": ..}}
    of_kannel(kannel, folder)
    of_mail(mail, folder)
"""
import pathlib

HTTP_BODY = '{"to":"{{to}}","text":"{{text}}","id":"{{id}}","sign":"{{sign}}","receipt_url":"{{receipt_url}}"}'


def secret(folder, name, value):
    """The path of a file with the secret."""
    path = pathlib.Path(folder).resolve() / (name + ".secret")
    path.write_text(value, encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def aliyun(account, file):
    (key, value), = account["keys"].items()
    return "", {"access_key_id": key, "access_key_secret_file": file("aliyun", value)}


def tencent(account, file):
    (key, value), = account["keys"].items()
    return "", {"secret_id": key, "secret_key_file": file("tencent", value), "sdk_app_id": account["app_ids"][0]}


def twilio(account, file):
    return "", {"account_sid": account["sid"], "auth_token_file": file("twilio", account["token"]), "from": "+15005550006"}


def http(account, file):
    return "/send", {"body": HTTP_BODY, "header": "Authorization: Bearer {{secret}}", "secret_file": file("http", account["token"]),
                     "success_at": "/code", "code_at": "/code", "request_id_at": "/message_id", "codes_address": "4,UNDELIV",
                     "codes_credit": "5", "codes_template": "7", "codes_throttled": "8", "codes_refused": "1",
                     "receipt_id": "id", "receipt_request_id": "message_id", "receipt_code": "code"}


def wechat(account, file):
    return "", {"app_id": account["app_id"], "app_secret_file": file("wechat", account["secret"])}


def wecom(account, file):
    return "/cgi-bin/webhook/send", {"key_file": file("wecom", account["key"])}


def dingtalk(account, file):
    return "/robot/send", {"access_token_file": file("dingtalk-token", account["access_token"]),
                           "secret_file": file("dingtalk", account["secret"])}


def webhook(account, file):
    return "/hook", {"secret_file": file("webhook", account["secret"])}


KINDS = {f.__name__: f for f in (aliyun, tencent, twilio, http, wechat, wecom, dingtalk, webhook)}


def of_cloud(cloud, kind, folder):
    path, settings = KINDS[kind](cloud.account(kind), lambda name, value: secret(folder, name, value))
    return {"kind": kind, "settings": dict(settings, endpoint=cloud.url(kind) + path)}


def of_kannel(kannel, folder):
    return {"kind": "kannel", "settings": {"endpoint": kannel.url, "username": kannel.user,
                                           "password_file": secret(folder, "kannel", kannel.password)}}


def of_mail(mail, folder):
    """A Mail without TLS is only for the loopback: require_tls says so."""
    settings = {"endpoint": mail.url, "require_tls": "true" if mail.ca_file else "false"}
    if mail.ca_file:
        settings["ca_path"] = mail.ca_file
    for user, password in mail.accounts.items():
        settings.update(user=user, password_file=secret(folder, "mail", password))
    return {"kind": "smtp", "settings": settings}
