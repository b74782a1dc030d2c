#include <criterion/criterion.h>

#include "common/event/pii.h"
#include "common/event/unpack.h"
#include "redress/v1/submission.pb-c.h"

Test(pii, masks_personal_texts_wherever_they_are)
{
    Redress__V1__Complainant who = REDRESS__V1__COMPLAINANT__INIT;
    Redress__V1__Call call = REDRESS__V1__CALL__INIT;
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;

    who.name = "张三";
    who.phone = "13900000001";
    call.caller = "13900000001";
    call.call_id = "CALL-1";
    s.complainant = &who;
    s.call = &call;
    s.description = "漏水";
    s.tenant = "demo";
    pii_mask(&s.base);
    cr_assert_str_eq(who.name, "***");
    cr_assert_str_eq(who.phone, "***");
    cr_assert_str_eq(call.caller, "***");
    cr_assert_str_eq(s.description, "***");
    cr_assert_str_eq(s.demand, "", "what is empty stays empty");
    cr_assert_str_eq(who.email, "");
    cr_assert_str_eq(call.call_id, "CALL-1");
    cr_assert_str_eq(s.tenant, "demo");
}
