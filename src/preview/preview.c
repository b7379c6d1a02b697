/* preview.c: three answers over HTTP. A browser that waits for news is asked again by the next
 * publication. */
#include "preview/preview.h"

#include "base/buf.h"
#include "digest/digest.h"
#include "http/http.h"

#include <string.h>

enum { TEXT_MOST = 256 << 20 };

struct preview {
    struct http *http;
    long serial;
    struct buf html, policy, state, pages;
};

static void refuse(struct http_answer *out, unsigned status, struct str why)
{
    *out = (struct http_answer){status, "text/plain; charset=utf-8", why, false};
}

static void tell_state(const struct preview *preview, const struct http_ask *ask,
                       struct http_answer *out)
{
    const char *text = http_argument(ask, "since");
    long since = -1;

    if (text && !str_number(str_from(text), &since)) {
        refuse(out, 400, STR("since: a number\n"));
        return;
    }
    out->type = "application/json";
    out->body = buf_view(&preview->state);
    out->later = since >= preview->serial;
}

static void answer(void *user, const struct http_ask *ask, struct http_answer *out)
{
    const struct preview *preview = user;

    out->type = "text/html; charset=utf-8";
    if (strcmp(ask->path, "/") == 0)
        out->body = buf_view(&preview->html);
    else if (strcmp(ask->path, "/pages") == 0)
        out->body = buf_view(&preview->pages);
    else if (strcmp(ask->path, "/state") == 0)
        tell_state(preview, ask, out);
    else
        refuse(out, 404, STR("no such path\n"));
}

/* 'sha256-…' of what stands between the last `open` and the `close` behind it. */
static void policy_of(struct buf *policy, const char *directive, const char *html,
                      const char *open, const char *close)
{
    const char *from = NULL, *next = html, *to;
    uint8_t digest[32];

    while ((next = strstr(next, open)))
        from = next += strlen(open);
    to = from ? strstr(from, close) : NULL;
    if (!to)
        return;
    sha256((struct str){from, (size_t)(to - from)}, digest);
    buf_printf(policy, "; %s 'sha256-", directive);
    buf_base64(policy, digest, sizeof digest);
    buf_byte(policy, '\'');
}

bool preview_open(struct arena *arena, struct str html, int port, struct preview **out,
                  struct err *err)
{
    struct preview *preview = NEW(arena, struct preview);

    buf_init(&preview->html, TEXT_MOST);
    buf_init(&preview->policy, TEXT_MOST);
    buf_init(&preview->state, TEXT_MOST);
    buf_init(&preview->pages, TEXT_MOST);
    buf_str(&preview->html, html);
    buf_text(&preview->policy,
             "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; "
             "form-action 'none'; frame-ancestors 'none'");
    policy_of(&preview->policy, "style-src", preview->html.p, "<style>", "</style>");
    policy_of(&preview->policy, "script-src", preview->html.p, "<script>", "</script>");
    if (!http_open(arena, &(struct http_options){port, -1, preview->policy.p, answer, preview},
                   &preview->http, err)) {
        preview_close(preview);
        return false;
    }
    *out = preview;
    return true;
}

void preview_close(struct preview *preview)
{
    if (!preview)
        return;
    http_close(preview->http);
    buf_release(&preview->html);
    buf_release(&preview->policy);
    buf_release(&preview->state);
    buf_release(&preview->pages);
}

int preview_port(const struct preview *preview)
{
    return http_port(preview->http);
}

void preview_publish(struct preview *preview, long serial, struct str state, struct str pages)
{
    preview->serial = serial;
    buf_clear(&preview->state);
    buf_str(&preview->state, state);
    buf_clear(&preview->pages);
    buf_str(&preview->pages, pages);
    http_resume(preview->http);
}

bool preview_wait(struct preview *preview, int ms, struct err *err)
{
    return http_wait(preview->http, ms, err);
}
