/* codes.h: every stable code, with the class of exit it belongs to (design of the command line:
 * sysexits) and what `danzheng explain` says of it. Codes are never renamed or reused. */
#ifndef BASE_CODES_H
#define BASE_CODES_H

#include "base/str.h"

enum err_code {
    ERR_NONE,
    /* 2: usage */
    USAGE,
    OUTPUT_UNKNOWN,
    OP_UNKNOWN,
    /* 65: the record, or the file to verify */
    JSON_SYNTAX,
    UTF8_INVALID,
    RECORD_NOT_OBJECT,
    SCHEMA_WRONG,
    KIND_UNKNOWN,
    MEMBER_MISSING,
    MEMBER_WRONG,
    FIELD_UNKNOWN,
    FIELD_MISSING,
    FIELD_TYPE,
    FIELD_TOO_LONG,
    DATE_INVALID,
    TIME_INVALID,
    NUMBER_INVALID,
    CODE_UNKNOWN,
    CODE_NAME_DIFFERS,
    FULL_NAME_MISSING,
    FIRST_NUMBER_FORM,
    CHARACTER_FORBIDDEN,
    PRIVATE_USE,
    GLYPH_MISSING,
    CELL_OVERFLOW,
    PROFILE_LIMIT,
    LIMIT_LINE,
    LIMIT_NESTING,
    LIMIT_ROWS,
    CURRENCY_MIXED,
    VERSION_CONFLICT,
    BATCH_DIFFERS,
    FILE_UNKNOWN,
    PDF_TOO_MUCH,
    PICTURE_UNREAD,
    PICTURE_SEALS,
    SEAL_VALUE,
    SEAL_NOT_KEPT,
    FRAME_BROKEN,
    FRAME_TIMEOUT,
    SIGNATURE_INVALID,
    SIGNATURE_UNTRUSTED,
    SIGN_REFUSED,
    KEY_REUSED,
    NOT_REGISTERED,
    NUMBER_TAKEN,
    REASON_MISSING,
    /* 70: internal */
    INTERNAL,
    PDF_BACKEND,
    MEMORY_LIMIT,
    RENDER_CRASHED,
    RECORD_SET_ASIDE,
    /* 74: input and output */
    FILE_READ,
    FILE_WRITE,
    FILE_EXISTS,
    SOCKET_FAILED,
    WRITE_TIMEOUT,
    REGISTRY_MISSING,
    REGISTRY_FAULT,
    REGISTRY_DAMAGED,
    AUDIT_BROKEN,
    /* 75: try later */
    BUSY,
    DRAINING,
    DEADLINE_PASSED,
    CANCELLED,
    KEY_IN_USE,
    OP_UNAVAILABLE,
    STAMP_FAILED,
    SEALER_BUSY,
    SEALER_DOWN,
    REGISTRY_LOCKED,
    BATCH_RUNNING,
    PAPER_IN_PROGRESS,
    PLACE_LOST,
    /* 77: not permitted */
    PRINT_NOT_PERMITTED,
    STATUS_UNKNOWN,
    NEVER_SAVED,
    OFFICIAL_NUMBER_MISSING,
    LAYOUT_NOT_IN_FORCE,
    SEAL_NOT_PERMITTED,
    KEY_WINDOW,
    RIGHTS_DENIED,
    TARGET_DENIED,
    VERSION_OLD,
    NUMBER_WITHDRAWN,
    QUOTA_EXHAUSTED,
    /* 78: configuration, layouts, rules, fonts */
    CONF_MISSING,
    CONF_SYNTAX,
    CONF_SECTION,
    CONF_KEY,
    CONF_VALUE,
    CONF_INCLUDE,
    KIND_FAULT,
    RULE_FAULT,
    CODE_TABLE_FAULT,
    LAYOUT_SYNTAX,
    LAYOUT_FIELD,
    LAYOUT_REFERENCE,
    LAYOUT_GEOMETRY,
    LAYOUT_MARK,
    LAYOUT_DATE,
    KEY_LIST_FAULT,
    STATUS_LIST_FAULT,
    KEY_FAULT,
    SEAL_LOG_FAULT,
    SEALER_FAULT,
    PASSPHRASE_WRONG,
    PASSPHRASE_MISSING,
    IMAGE_FAULT,
    FONT_MISSING,
    FONT_CHANGED,
    FONT_FAULT,
    PACKAGE_MISSING,
    ROLE_FAULT,
    SANDBOX_FAILED,
    SIGN_KEY,
    REGISTRY_FORMAT,
    ERR_CODES
};

struct err_info {
    const char *name;    /* "PRINT_NOT_PERMITTED" */
    int exit;            /* 2, 65, 70, 74, 75, 77 or 78 */
    const char *retry;   /* "never" or "later": may the same request succeed another time? */
    const char *zh, *en; /* what it means */
    const char *cure_zh, *cure_en; /* what to do */
};

const struct err_info *err_info(enum err_code);
bool err_find(struct str name, enum err_code *out); /* case does not matter */

#endif
