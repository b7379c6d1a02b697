/* http.c: libmicrohttpd without threads. A connection that waits is suspended, and asked again
 * when it is resumed. */
#include "http/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS_MOST = 32, WAITING_MOST = 16, SECONDS = 30 };

struct http {
    struct MHD_Daemon *daemon;
    struct http_options options;
    int port;
    struct MHD_Connection *waiting[WAITING_MOST];
    size_t waiting_count;
};

static enum MHD_Result send_answer(struct http *http, struct MHD_Connection *connection,
                                   const struct http_answer *answer)
{
    static const char *const headers[][2] = {{"Cache-Control", "no-store"},
                                             {"X-Content-Type-Options", "nosniff"},
                                             {"Referrer-Policy", "no-referrer"},
                                             {"Cross-Origin-Resource-Policy", "same-origin"}};
    const char *policy = http->options.policy;
    struct MHD_Response *response;
    enum MHD_Result queued;
    union {
        const char *from;
        void *to;
    } bytes = {answer->body.n ? answer->body.p : ""};

    response = MHD_create_response_from_buffer(answer->body.n, bytes.to, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    for (size_t i = 0; i < COUNT(headers); i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    MHD_add_response_header(response, "Content-Security-Policy",
                            policy ? policy : "default-src 'none'");
    MHD_add_response_header(response, "Content-Type", answer->type);
    if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET");
    queued = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result refuse(struct http *http, struct MHD_Connection *connection,
                              unsigned status, struct str why)
{
    const struct http_answer answer = {status, "text/plain; charset=utf-8", why, false};

    return send_answer(http, connection, &answer);
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

static enum MHD_Result respond(void *user, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **seen)
{
    struct http *http = user;
    const struct http_ask ask = {url, connection};
    struct http_answer answer = {.status = MHD_HTTP_OK};

    (void)version;
    (void)upload;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
        /* what is sent along is not read: the connection ends with the answer */
        *upload_size = 0;
        return refuse(http, connection, MHD_HTTP_METHOD_NOT_ALLOWED, STR("GET only\n"));
    }
    if (!*seen) {
        *seen = http;
        return MHD_YES;
    }
    if (http->options.listener < 0 &&
        !host_is_local(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host")))
        return refuse(http, connection, MHD_HTTP_FORBIDDEN, STR("not this host\n"));
    http->options.answer(http->options.user, &ask, &answer);
    if (!answer.later)
        return send_answer(http, connection, &answer);
    if (http->waiting_count == WAITING_MOST)
        return refuse(http, connection, MHD_HTTP_SERVICE_UNAVAILABLE, STR("later\n"));
    http->waiting[http->waiting_count++] = connection;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

static bool daemon_start(struct http *http, struct err *err)
{
    int port = http->options.port, listener = http->options.listener;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const unsigned flags = MHD_ALLOW_SUSPEND_RESUME | MHD_USE_EPOLL;
    const union MHD_DaemonInfo *info;

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    http->daemon = listener >= 0
                       ? MHD_start_daemon(
                             flags, 0, NULL, NULL, respond, http, MHD_OPTION_LISTEN_SOCKET,
                             listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST,
                             MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SECONDS, MHD_OPTION_END)
                       : MHD_start_daemon(flags, (uint16_t)port, NULL, NULL, respond, http,
                                          MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&here,
                                          MHD_OPTION_CONNECTION_LIMIT,
                                          (unsigned)CONNECTIONS_MOST, MHD_OPTION_END);
    if (!http->daemon) {
        err_add(err, SOCKET_FAILED, where_none(), "无法在 127.0.0.1:%d 提供网页",
                "cannot listen on 127.0.0.1:%d", port);
        return err_hint(err, "without --port the system chooses one that is free"), false;
    }
    info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    http->port = info ? info->port : port;
    return true;
}

bool http_open(struct arena *arena, const struct http_options *options, struct http **out,
               struct err *err)
{
    struct http *http = NEW(arena, struct http);

    http->options = *options;
    if (!daemon_start(http, err))
        return false;
    *out = http;
    return true;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    http_resume(http);
    MHD_stop_daemon(http->daemon);
}

int http_port(const struct http *http)
{
    return http->port;
}

const char *http_argument(const struct http_ask *ask, const char *name)
{
    return MHD_lookup_connection_value(ask->connection, MHD_GET_ARGUMENT_KIND, name);
}

void http_resume(struct http *http)
{
    for (size_t i = 0; i < http->waiting_count; i++)
        MHD_resume_connection(http->waiting[i]);
    http->waiting_count = 0;
}

bool http_wait(struct http *http, int ms, struct err *err)
{
    if (MHD_run_wait(http->daemon, ms) == MHD_YES)
        return true;
    return err_add(err, INTERNAL, where_none(), "网页服务中断", "the server of pages failed");
}

int http_descriptor(const struct http *http)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    return info ? info->epoll_fd : -1;
}

void http_run(struct http *http)
{
    MHD_run(http->daemon);
}
