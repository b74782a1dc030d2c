/* A tenant's price list: what paid work costs (R31), for all projects or for one, from a date on.
 *
 *     items:
 *       - item: lamp_replace
 *         name: 更换灯具
 *         unit: 个
 *         prices:
 *           - {from: 2026-01-01, fen: 5000}
 *           - {from: 2026-07-01, fen: 5500, project: YHHY}
 *
 * Which of them holds on a day is price_find's to say (work_order.h). */
#pragma once

#include "common/config/yaml.h"
#include "services/dispatch/policy.h"
#include "services/dispatch/work_order.h"

#define PRICE_ITEMS_MAX 1000
#define PRICE_DATES_MAX 200                /* of one item, all projects together */
#define PRICE_FEN_MAX   INT64_C(100000000) /* a million yuan for one unit: more is a slip of the pen */

/* Reads a loaded file; `projects` are the codes that a price may name. Problems go to the reader; everything lives in
 * its arena. In the order of the file. */
void price_file_read(struct yaml_reader *yaml, const struct yaml_node *root, const struct words *projects,
                     struct price_list *ret);
