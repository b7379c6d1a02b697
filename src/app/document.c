/* document.c: printed, digested, delivered; the time is that of all three. */
#include "app/document.h"

#include "digest/digest.h"

#include <string.h>
#include <unistd.h>

enum { DUMP_MOST = 1 << 30 };

static bool deliver(const struct document *document, struct str bytes, struct err *err)
{
    if (strcmp(document->path, "-") == 0)
        return deliver_fd(STDOUT_FILENO, "standard output", bytes, err);
    return deliver_file(document->path, bytes, document->mode, err);
}

bool document_profile(const char *name, enum pdf_profile *out, struct err *err)
{
    if (!name || pdf_profile_find(str_from(name), out))
        return true;
    err_add(err, USAGE, where_none(), "没有“%s”这种 PDF/A", "no PDF/A profile '%s'", name);
    err_hint(err, "3u: PDF/A-3u with tags and the record (usual); 1b: PDF/A-1b");
    return false;
}

bool document_dpi(const char *number, int *out, struct err *err)
{
    long dpi = PRINT_DPI;

    if (number && (!str_number(str_from(number), &dpi) || dpi < PRINT_DPI_LEAST ||
                   dpi > PRINT_DPI_MOST)) {
        err_add(err, USAGE, where_none(), "“%s”不是打印机的分辨率", "'%s' is no printer's dpi",
                number);
        err_hint(err, "dots per inch, %d to %d: 300 (usual), 600, 203 for thermal paper",
                 PRINT_DPI_LEAST, PRINT_DPI_MOST);
        return false;
    }
    *out = (int)dpi;
    return true;
}

bool document_make(struct service *service, struct arena *arena,
                   const struct document *document, struct buf *bytes, struct answer *answer,
                   struct err *err)
{
    struct print_request request = document->print;
    struct print_answer printed;
    double start = clock_ms();
    struct buf *dump = buf_new(arena, DUMP_MOST);
    bool ok;

    buf_clear(bytes);
    request.dump = document->dump ? dump : NULL;
    *answer = (struct answer){.output = request.output, .err = err};
    ok = print_one(service, arena, &request, &printed, bytes, err);
    if (ok && dump->failed)
        ok = err_add(err, MEMORY_LIMIT, where_none(), "内存不足，文字没有完成",
                     "memory ended before the text was complete");
    if (ok) {
        struct str made = buf_view(document->dump ? dump : bytes);

        answer->file = str_from(document->path);
        answer->pages = printed.pages;
        answer->faces = printed.faces;
        answer->bytes = made.n;
        answer->sha256 = sha256_hex(arena, made);
        ok = deliver(document, made, err);
    }
    answer->ms = clock_ms() - start;
    buf_release(dump);
    return ok;
}
