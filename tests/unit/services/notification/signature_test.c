/* With the examples that the providers publish. */
#include "services/notification/signature.h"

#include <criterion/criterion.h>
#include <string.h>

#include "services/notification/hmac.h"

static struct arena a;

static void start(void)
{
    arena_init(&a, 0);
}

static void stop(void)
{
    arena_done(&a);
}

TestSuite(signature, .init = start, .fini = stop);

Test(signature, aliyuns_example)
{
    struct signature_request q = {
        .host = "ecs.cn-shanghai.aliyuncs.com",
        .query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
        .body = "",
        .action = "RunInstances",
        .version = "2014-05-26",
        .key_id = "YourAccessKeyId",
        .secret = "YourAccessKeySecret",
        .nonce = "3156853299f313e23d1673dc12e1703d",
        .now_us = INT64_C(1698315752000000), /* 2023-10-26T10:22:32Z */
    };

    cr_assert_str_eq(signature_acs3(&a, &q),
                     "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
                     "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;"
                     "x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

Test(signature, tencents_example)
{
    static const char body[] = "{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], "
                               "\"Name\": \"instance-name\"}]}";
    struct signature_request q = {
        .host = "cvm.tencentcloudapi.com",
        .query = "",
        .body = body,
        .body_len = strlen(body),
        .service = "cvm",
        .content_type = "application/json; charset=utf-8",
        .key_id = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        .secret = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        .now_us = INT64_C(1551113065000000),
    };

    cr_assert_str_eq(signature_tc3(&a, &q),
                     "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
                     "SignedHeaders=content-type;host, "
                     "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168");
}

Test(signature, twilios_example_in_any_order)
{
    struct form form = { { { "To", "+18005551212" },
                           { "CallSid", "CA1234567890ABCDE" },
                           { "Digits", "1234" },
                           { "Caller", "+14158675309" },
                           { "From", "+14158675309" } },
                         5 };

    cr_assert_str_eq(signature_twilio(&a, "12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &form),
                     "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
}

Test(signature, twilio_signs_a_value_that_comes_twice_once)
{
    struct form form = { { { "Sid", "CA123" },
                           { "SidAccount", "AC123" },
                           { "Digits", "5678" },
                           { "Digits", "1234" },
                           { "Digits", "1234" } },
                         5 };

    cr_assert_str_eq(signature_twilio(&a, "12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &form),
                     "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
}

/* Computed with Python's hmac after DingTalk's sample code. */
Test(signature, dingtalk_signs_time_and_secret)
{
    cr_assert_str_eq(signature_dingtalk(&a, "this is secret", "1700000000000"),
                     "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0=");
}

/* printf 176415300077token | openssl sha1 */
Test(signature, wechat_sorts_before_it_digests)
{
    cr_assert_str_eq(signature_wechat(&a, "token", "1764153000", "77"), "442123e557dbba14f5d290789d3f0c995f32b459");
}

Test(signature, a_webhook_is_signed_with_its_time)
{
    /* printf '1700000000.{}' | openssl dgst -sha256 -hmac key */
    cr_assert_str_eq(signature_webhook(&a, "key", INT64_C(1700000000999999), "{}"),
                     "t=1700000000,v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae");
}

Test(signature, a_date_has_no_fractions)
{
    cr_assert_str_eq(signature_date(&a, INT64_C(1698315752999999)), "2023-10-26T10:22:32Z");
}

Test(signature, texts_are_equal_only_if_they_are)
{
    cr_assert(hmac_equal("abc", "abc"));
    cr_assert_not(hmac_equal("abc", "abd"));
    cr_assert_not(hmac_equal("abc", "abcd"));
    cr_assert_not(hmac_equal("", "a"));
    cr_assert(hmac_equal("", ""));
}
