/* err.c: the list of faults. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

void err_init(struct err *err, struct arena *arena)
{
    *err = (struct err){.arena = arena};
}

static FORMAT(2, 0) struct str format(struct arena *arena, const char *fmt, va_list args)
{
    va_list again;
    char *text;
    int n;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    n = n < 0 ? 0 : n;
    text = arena_alloc(arena, (size_t)n + 1);
    va_copy(again, args);
    vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return (struct str){text, (size_t)n};
}

/* NULL when the list is full. */
static struct fault *add(struct err *err, enum err_code code, struct where at, bool warning)
{
    struct fault *fault;

    if (err->faults + err->warnings >= ERR_MOST) {
        err->dropped++;
        err->faults += !warning;
        return NULL;
    }
    err->faults += !warning;
    err->warnings += warning;
    fault = NEW(err->arena, struct fault);
    fault->code = code;
    fault->warning = warning;
    fault->at = at;
    fault->at.pointer = str_copy(err->arena, at.pointer);
    if (err->last)
        err->last->next = fault;
    else
        err->first = fault;
    err->last = fault;
    return fault;
}

bool err_add(struct err *err, enum err_code code, struct where at, const char *zh,
             const char *en, ...)
{
    struct fault *fault = add(err, code, at, /* warning */ false);
    va_list args;

    if (!fault)
        return false;
    va_start(args, en);
    fault->zh = format(err->arena, zh, args);
    fault->en = format(err->arena, en, args);
    va_end(args);
    return false;
}

void err_warn(struct err *err, enum err_code code, struct where at, const char *zh,
              const char *en, ...)
{
    struct fault *fault = add(err, code, at, /* warning */ true);
    va_list args;

    if (!fault)
        return;
    va_start(args, en);
    fault->zh = format(err->arena, zh, args);
    fault->en = format(err->arena, en, args);
    va_end(args);
}

void err_hint(struct err *err, const char *fmt, ...)
{
    va_list args;

    if (!err->last || err->dropped)
        return;
    va_start(args, fmt);
    err->last->hint = format(err->arena, fmt, args);
    va_end(args);
}

void err_rule(struct err *err, struct where rule)
{
    if (err->last && !err->dropped)
        err->last->rule = rule;
}

void err_character(struct err *err, struct str character)
{
    if (err->last && !err->dropped)
        err->last->character = str_copy(err->arena, character);
}

bool err_ok(const struct err *err)
{
    return err->faults == 0;
}

struct where where_file(const char *file, int line, int column)
{
    return (struct where){.file = file, .line = line, .column = column};
}

struct where where_pointer(struct str pointer)
{
    return (struct where){.pointer = pointer};
}

struct where where_none(void)
{
    return (struct where){0};
}

struct str where_text(struct arena *arena, struct where at)
{
    if (at.pointer.n)
        return at.pointer;
    if (!at.file)
        return STR_NONE;
    if (at.line && at.column)
        return str_printf(arena, "%s:%d:%d", at.file, at.line, at.column);
    if (at.line)
        return str_printf(arena, "%s:%d", at.file, at.line);
    return str_from(at.file);
}

void fault_json(struct buf *buf, struct arena *arena, const struct fault *fault)
{
    const struct err_info *info = err_info(fault->code);

    buf_printf(buf, "{\"code\":\"%s\"", info->name);
    if (fault->warning)
        buf_text(buf, ",\"warning\":true");
    buf_member(buf, "zh", fault->zh);
    buf_member(buf, "en", fault->en);
    buf_member(buf, "at", where_text(arena, fault->at));
    buf_member(buf, "rule", where_text(arena, fault->rule));
    buf_member(buf, "hint", fault->hint);
    buf_printf(buf, ",\"retry\":\"%s\"}", info->retry);
}

void err_json(struct buf *buf, struct arena *arena, const struct err *err)
{
    buf_byte(buf, '[');
    for (const struct fault *fault = err->first; fault; fault = fault->next) {
        if (fault != err->first)
            buf_byte(buf, ',');
        fault_json(buf, arena, fault);
    }
    buf_byte(buf, ']');
}

const struct fault *err_fault(const struct err *err)
{
    const struct fault *fault = err->first;

    while (fault && fault->warning)
        fault = fault->next;
    return fault;
}
