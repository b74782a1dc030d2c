/* What a loaded config owns besides its fields; used inside common/config only. */
#pragma once

#include "settings.h"

struct config_sources {
    struct arena arena;            /* all texts of the config */
    const char *path;              /* the file; NULL without one */
    const char *of[SETTING_COUNT]; /* "default", "redress.yaml:12" or "REDRESS_PG" */
};
