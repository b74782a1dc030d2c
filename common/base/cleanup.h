/* Scope-bound release: `_cleanup_(pg_result_freep) struct pg_result *r = NULL;` */
#pragma once

#define _cleanup_(function) __attribute__((cleanup(function)))

/* Takes the pointer out of its variable, so that its clean-up does nothing: `*ret = TAKE_PTR(p);` */
#define TAKE_PTR(pointer)                                                                                              \
    ({                                                                                                                 \
        __typeof__(pointer) *_where = &(pointer), _taken = *_where;                                                    \
        *_where = NULL;                                                                                                \
        _taken;                                                                                                        \
    })
