/* What the adapters share: how a call to a provider begins, and how what it says is read. */
#pragma once

#include "common/base/str.h"
#include "gateway.h"

/* Settings of every gateway that is called over HTTP. */
#define GATEWAY_CALL_SETTINGS                                                                                          \
    { "proxy", false, NULL, "HTTP proxy to go through, such as http://proxy.example.com:3128; none otherwise" },       \
    {                                                                                                                  \
        "ca_path", false, NULL, "PEM file with the certificates to trust instead of the system's"                      \
    }

/* Limits, proxy and certificates of the gateway. 0; 1: the URL is not http(s), holds a user, or is plain http to
 * another machine where this kind does not allow it; *ret_why says so. */
int gateway_call_init(const struct gateway *g, struct transfer *t, const char *method, const char *url,
                      bool plain_is_usual, const char **ret_why);
void gateway_call_header(struct arena *a, struct transfer *t, const char *name, const char *value);
void gateway_call_body(struct arena *a, struct transfer *t, const char *content_type, const struct strbuf *body);
/* Does the URL lead to this very machine? */
bool gateway_call_is_local(const char *url);
/* The host of a URL, with the port where it is given. */
const char *gateway_call_host(struct arena *a, const char *url);

/* The setting endpoint without slashes at its end: the root of a service. */
const char *gateway_endpoint(struct arena *a, const struct gateway *g);
/* A setting that came from a file, without the line breaks at its end. */
const char *gateway_secret(struct arena *a, const struct gateway *g, const char *key);
/* The provider's id of the message's template. 0; 1: none that is approved, *ret_why says so. */
int gateway_template_need(const struct gateway *g, const struct outgoing *o, const struct gateway_template **ret,
                          const char **ret_why);
/* {"theirs":"value",...} of the variables. */
void gateway_add_vars(struct strbuf *out, const struct gateway_template *t, const struct outgoing *o);
/* At most `max` bytes of the text as a JSON string; what is more is cut between characters, with an ellipsis. */
void gateway_add_cut(struct strbuf *out, const char *text, size_t max);

/* Receipts in one request at most; more is not understood. */
#define RECEIPTS_MAX 2000

/* The row of the code; the last one, "", where it is not among them. */
const struct answer_code *answer_code_row(const struct answer_code *codes, const char *code);
/* Class and code of an answer whose provider gave this code. Where the table does not have it and the HTTP status is an
 * error, the status decides. code "": nothing that can be read. */
void gateway_answer(const struct answer_code *codes, const char *code, const struct transfer *t, struct arena *a,
                    struct answer *ret);
/* A code as it may be kept: no spaces, at most 64 characters, no address, no run of digits that could be somebody's. */
const char *gateway_code(struct arena *a, const char *text);
/* The provider's id of a message as it may be kept; "" where it cannot be one: too long, no UTF-8, with line breaks. */
const char *gateway_request_id(const char *text);
/* One of ours: a UUID; "" for anything else. */
const char *gateway_own_id(struct arena *a, const char *text);
/* "2026-11-26 18:30:00" of China's time; 0 where it is none. */
int64_t gateway_china_us(const char *text);
