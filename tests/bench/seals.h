/* seals.h: what a seal costs through the sealer's socket, its log on disk included. */
#ifndef BENCH_SEALS_H
#define BENCH_SEALS_H

#include "base/attr.h"

#include <stdbool.h>

/* count seals of each suite: one a round trip, and a thousand. */
bool measure_seals(long count) MUST_CHECK;

#endif
