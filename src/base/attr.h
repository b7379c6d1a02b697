/* attr.h: compiler attributes and the one array macro; everything else is spelled out. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define FORMAT(fmt, first) __attribute__((format(printf, fmt, first)))
#define RETURNS_NONNULL __attribute__((returns_nonnull))
#define NORETURN __attribute__((noreturn))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
