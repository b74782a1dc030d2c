/* The kinds, one file each, gateway_<kind>.c; gateways.c lists them. */
#pragma once

#include "gateway.h"

extern const struct gateway_kind gateway_aliyun, gateway_tencent, gateway_twilio, gateway_kannel, gateway_http,
    gateway_smtp, gateway_wecom, gateway_dingtalk, gateway_wechat, gateway_webhook, gateway_file;
