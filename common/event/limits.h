/* How large a message's schema may be. A unit test holds every message of proto/ to this. */
#pragma once

#define EVENT_FIELDS_MAX 128 /* fields of one message type */
#define EVENT_DEPTH_MAX  32  /* messages within messages; JSON may not nest deeper either */
