/* preview.c: three answers over HTTP. A browser that waits for news is suspended, and resumed
 * by the next publication; when too many wait, the next one is told to ask again later. */
#include "preview/preview.h"

#include "base/buf.h"
#include "digest/digest.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS_MOST = 32, WAITING_MOST = 16, TEXT_MOST = 256 << 20 };

struct preview {
    struct MHD_Daemon *daemon;
    int port;
    long serial;
    struct buf html, policy, state, pages;
    struct MHD_Connection *waiting[WAITING_MOST];
    size_t waiting_count;
};

static enum MHD_Result answer(struct preview *preview, struct MHD_Connection *connection,
                              unsigned status, const char *type, struct str body)
{
    static const char *const headers[][2] = {{"Cache-Control", "no-store"},
                                             {"X-Content-Type-Options", "nosniff"},
                                             {"Referrer-Policy", "no-referrer"},
                                             {"Cross-Origin-Resource-Policy", "same-origin"}};
    struct MHD_Response *response;
    enum MHD_Result queued;
    union {
        const char *from;
        void *to;
    } bytes = {body.n ? body.p : ""};

    response = MHD_create_response_from_buffer(body.n, bytes.to, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    for (size_t i = 0; i < COUNT(headers); i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    MHD_add_response_header(response, "Content-Security-Policy", preview->policy.p);
    MHD_add_response_header(response, "Content-Type", type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET");
    queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result refuse(struct preview *preview, struct MHD_Connection *connection,
                              unsigned status, struct str why)
{
    return answer(preview, connection, status, "text/plain; charset=utf-8", why);
}

/* "127.0.0.1:8080", "localhost", "[::1]:80"; anything else is somebody else's name for us. */
static bool host_is_local(const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};

    for (size_t i = 0; host && i < COUNT(names); i++) {
        size_t n = strlen(names[i]);
        struct str rest;
        long port;

        if (strncmp(host, names[i], n) != 0)
            continue;
        rest = str_from(host + n);
        if (!rest.n)
            return true;
        rest = str_from(host + n + 1);
        return host[n] == ':' && str_number(rest, &port) && port <= 65535;
    }
    return false;
}

static enum MHD_Result tell_state(struct preview *preview, struct MHD_Connection *connection)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "since");
    long since = -1;

    if (text && !str_number(str_from(text), &since))
        return refuse(preview, connection, MHD_HTTP_BAD_REQUEST, STR("since: a number\n"));
    if (preview->waiting_count == WAITING_MOST && since >= preview->serial)
        return refuse(preview, connection, MHD_HTTP_SERVICE_UNAVAILABLE, STR("later\n"));
    if (since < preview->serial)
        return answer(preview, connection, MHD_HTTP_OK, "application/json",
                      buf_view(&preview->state));
    preview->waiting[preview->waiting_count++] = connection;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

static enum MHD_Result respond(void *user, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **seen)
{
    struct preview *preview = user;

    (void)version;
    (void)upload;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
        /* what is sent along is not read: the connection ends with the answer */
        *upload_size = 0;
        return refuse(preview, connection, MHD_HTTP_METHOD_NOT_ALLOWED, STR("GET only\n"));
    }
    if (!*seen) {
        *seen = preview;
        return MHD_YES;
    }
    if (!host_is_local(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host")))
        return refuse(preview, connection, MHD_HTTP_FORBIDDEN, STR("not this host\n"));
    if (strcmp(url, "/") == 0)
        return answer(preview, connection, MHD_HTTP_OK, "text/html; charset=utf-8",
                      buf_view(&preview->html));
    if (strcmp(url, "/pages") == 0)
        return answer(preview, connection, MHD_HTTP_OK, "text/html; charset=utf-8",
                      buf_view(&preview->pages));
    if (strcmp(url, "/state") == 0)
        return tell_state(preview, connection);
    return refuse(preview, connection, MHD_HTTP_NOT_FOUND, STR("no such path\n"));
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

static bool daemon_start(struct preview *preview, int port, struct err *err)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const union MHD_DaemonInfo *info;

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    preview->daemon = MHD_start_daemon(MHD_ALLOW_SUSPEND_RESUME, (uint16_t)port, NULL, NULL,
                                       respond, preview, MHD_OPTION_SOCK_ADDR,
                                       (struct sockaddr *)&here, MHD_OPTION_CONNECTION_LIMIT,
                                       (unsigned)CONNECTIONS_MOST, MHD_OPTION_END);
    if (!preview->daemon) {
        err_add(err, FILE_READ, where_none(), "无法在 127.0.0.1:%d 提供预览",
                "cannot listen on 127.0.0.1:%d", port);
        err_hint(err, "without --port the system chooses one that is free");
        return false;
    }
    info = MHD_get_daemon_info(preview->daemon, MHD_DAEMON_INFO_BIND_PORT);
    preview->port = info ? info->port : port;
    return true;
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
    if (daemon_start(preview, port, err)) {
        *out = preview;
        return true;
    }
    preview_close(preview);
    return false;
}

static void resume_all(struct preview *preview)
{
    for (size_t i = 0; i < preview->waiting_count; i++)
        MHD_resume_connection(preview->waiting[i]);
    preview->waiting_count = 0;
}

void preview_close(struct preview *preview)
{
    if (!preview)
        return;
    if (preview->daemon) {
        resume_all(preview);
        MHD_stop_daemon(preview->daemon);
    }
    buf_release(&preview->html);
    buf_release(&preview->policy);
    buf_release(&preview->state);
    buf_release(&preview->pages);
}

int preview_port(const struct preview *preview)
{
    return preview->port;
}

void preview_publish(struct preview *preview, long serial, struct str state, struct str pages)
{
    preview->serial = serial;
    buf_clear(&preview->state);
    buf_str(&preview->state, state);
    buf_clear(&preview->pages);
    buf_str(&preview->pages, pages);
    resume_all(preview);
}

bool preview_wait(struct preview *preview, int ms, struct err *err)
{
    if (MHD_run_wait(preview->daemon, ms) == MHD_YES)
        return true;
    return err_add(err, INTERNAL, where_none(), "预览服务中断", "the preview's server failed");
}
